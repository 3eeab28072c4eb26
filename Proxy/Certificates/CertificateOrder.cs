using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using CertificateRequest = Mesh.Interfaces.NodeSession.CertificateRequest;

namespace Mesh.Proxy.Certificates;

/// <summary>One new key, the request for it, and what becomes of the answer.</summary>
internal sealed class CertificateOrder(WorkloadIdentity identity, TimeProvider time) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public CertificateRequest Request()
    {
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            $"CN={identity.DnsName}", _key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(identity.DnsName);
        names.AddUri(new Uri(identity.SpiffeId));
        request.CertificateExtensions.Add(names.Build());
        return new CertificateRequest
        {
            Namespace = identity.Namespace,
            ServiceAccount = identity.ServiceAccount,
            Csr = ByteString.CopyFrom(request.CreateSigningRequest()),
        };
    }

    /// <summary>
    /// Takes the answer for what it must be: for this key, this identity, valid now, signed under the anchors that came along.
    /// </summary>
    /// <exception cref="CertificateException">It is an error, or anything does not fit.</exception>
    public IssuedCertificate Accept(Certificate answer)
    {
        if (answer.Error.Length > 0)
        {
            throw new CertificateException(answer.Error);
        }
        if (answer.Chain.Count == 0 || answer.TrustAnchors.Count == 0)
        {
            throw new CertificateException("the silo sent a certificate without a chain or without trust anchors");
        }
        var candidate = new IssuedCertificate(
            identity.Namespace, identity.ServiceAccount, _key.ExportPkcs8PrivateKey(),
            [.. answer.Chain.Select(der => der.ToByteArray())], [.. answer.TrustAnchors.Select(der => der.ToByteArray())],
            default, default);
        return Verify(candidate, identity, time.GetUtcNow());
    }

    /// <returns>The certificate with its validity filled in.</returns>
    /// <exception cref="CertificateException">It is not this identity's, not for its key, or does not verify.</exception>
    public static IssuedCertificate Verify(IssuedCertificate certificate, WorkloadIdentity identity, DateTimeOffset now)
    {
        var loaded = new X509Certificate2Collection();
        var anchors = new X509Certificate2Collection();
        try
        {
            foreach (var der in certificate.Chain)
            {
                loaded.Add(X509CertificateLoader.LoadCertificate(der));
            }
            foreach (var der in certificate.TrustAnchors)
            {
                anchors.Add(X509CertificateLoader.LoadCertificate(der));
            }
            var leaf = loaded[0];
            using var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
            if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                throw new CertificateException("the certificate is for another key than ours");
            }
            if (!PeerIdentity.TryVerify(leaf, loaded, anchors, identity, now, out var reason))
            {
                throw new CertificateException(reason);
            }
            return certificate with
            {
                NotBefore = new DateTimeOffset(leaf.NotBefore.ToUniversalTime(), TimeSpan.Zero),
                NotAfter = new DateTimeOffset(leaf.NotAfter.ToUniversalTime(), TimeSpan.Zero),
            };
        }
        catch (CryptographicException malformed)
        {
            throw new CertificateException($"the certificate cannot be read: {malformed.Message}");
        }
        finally
        {
            foreach (var item in loaded.Concat(anchors))
            {
                item.Dispose();
            }
        }
    }

    public void Dispose() => _key.Dispose();
}
