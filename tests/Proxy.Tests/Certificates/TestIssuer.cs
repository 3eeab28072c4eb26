using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using SigningRequest = System.Security.Cryptography.X509Certificates.CertificateRequest;

namespace Mesh.Proxy.Tests.Certificates;

/// <summary>A trust anchor, an issuer under it, and what a silo would sign with that.</summary>
internal sealed class TestIssuer : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly X509Certificate2 _anchor;
    private readonly X509Certificate2 _issuer;

    public TestIssuer()
    {
        using var anchorKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _anchor = Authority("CN=anchor", anchorKey).CreateSelfSigned(Begin, End);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = Authority("CN=issuer", issuerKey).Create(_anchor, Begin, End, RandomNumberGenerator.GetBytes(12));
        _issuer = issuer.CopyWithPrivateKey(issuerKey);
    }

    public string AnchorPem => _anchor.ExportCertificatePem();

    /// <summary>What a server presents with its own certificate.</summary>
    public X509Certificate2Collection Intermediates => [X509CertificateLoader.LoadCertificate(_issuer.RawData)];

    public X509Certificate2Collection Anchors => [X509CertificateLoader.LoadCertificate(_anchor.RawData)];

    public int Signed { get; private set; }

    /// <summary>The answer to a request.</summary>
    public Certificate Sign(
        Mesh.Interfaces.NodeSession.CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter,
        string? otherAccount = null)
    {
        Signed++;
        var csr = SigningRequest.LoadSigningRequest(
            request.Csr.ToByteArray(), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.SkipSignatureValidation);
        var identity = new WorkloadIdentity(otherAccount ?? request.ServiceAccount, request.Namespace, "cluster.local");
        using var leaf = Leaf(identity, csr.PublicKey, notBefore, notAfter);
        return new Certificate
        {
            Id = request.Id,
            Namespace = request.Namespace,
            ServiceAccount = request.ServiceAccount,
            Chain = { ByteString.CopyFrom(leaf.RawData), ByteString.CopyFrom(_issuer.RawData) },
            TrustAnchors = { ByteString.CopyFrom(_anchor.RawData) },
            NotBeforeUnixSeconds = notBefore.ToUnixTimeSeconds(),
            NotAfterUnixSeconds = notAfter.ToUnixTimeSeconds(),
        };
    }

    /// <summary>A server certificate with its key.</summary>
    public X509Certificate2 Server(WorkloadIdentity identity)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = Leaf(identity, new PublicKey(key), Begin, End);
        return leaf.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        _anchor.Dispose();
        _issuer.Dispose();
    }

    private static SigningRequest Authority(string name, ECDsa key)
    {
        var request = new SigningRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request;
    }

    private X509Certificate2 Leaf(WorkloadIdentity identity, PublicKey key, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var request = new SigningRequest(new X500DistinguishedName($"CN={identity.ServiceAccount}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(identity.DnsName);
        names.AddUri(new Uri(identity.SpiffeId));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        return request.Create(_issuer, notBefore, notAfter, RandomNumberGenerator.GetBytes(12));
    }
}
