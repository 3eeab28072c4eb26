using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Certificates;

/// <summary>A verified certificate of one service account with its private key.</summary>
/// <param name="Namespace">The service account's namespace.</param>
/// <param name="ServiceAccount">The service account.</param>
/// <param name="PrivateKey">PKCS#8, DER. Never leaves the node.</param>
/// <param name="Chain">DER, leaf first.</param>
/// <param name="TrustAnchors">DER.</param>
/// <param name="NotBefore">From the leaf.</param>
/// <param name="NotAfter">From the leaf.</param>
internal sealed record IssuedCertificate(
    string Namespace,
    string ServiceAccount,
    byte[] PrivateKey,
    IReadOnlyList<byte[]> Chain,
    IReadOnlyList<byte[]> TrustAnchors,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    /// <summary>For a TLS client of the .NET runtime; the caller disposes it.</summary>
    public ClientCertificate ToSslContext()
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(PrivateKey, out _);
        using var bare = X509CertificateLoader.LoadCertificate(Chain[0]);
        var leaf = bare.CopyWithPrivateKey(key);
        var owned = new List<X509Certificate2> { leaf };
        var intermediates = new X509Certificate2Collection();
        foreach (var der in Chain.Skip(1))
        {
            var intermediate = X509CertificateLoader.LoadCertificate(der);
            owned.Add(intermediate);
            intermediates.Add(intermediate);
        }
        // Offline: nothing is downloaded to complete the chain.
        return new ClientCertificate(SslStreamCertificateContext.Create(leaf, intermediates, offline: true), owned);
    }
}
