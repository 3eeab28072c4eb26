using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Cli.Identity;

/// <summary>Makes trust anchors and issuers: ECDSA P-256, as every identity in the mesh.</summary>
internal static class IdentityAuthority
{
    private static readonly TimeSpan AnchorLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan IssuerLifetime = TimeSpan.FromDays(365);

    // Clocks of nodes differ a little.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>A new trust anchor with its key, good for ten years.</summary>
    public static X509Certificate2 CreateAnchor(string trustDomain, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request($"CN=root.linkerd.{trustDomain}", key, pathLength: 1);
        return request.CreateSelfSigned(now - Skew, now + AnchorLifetime);
    }

    /// <summary>A new issuer with its key under an anchor, good for a year.</summary>
    public static X509Certificate2 CreateIssuer(X509Certificate2 anchor, string trustDomain, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request($"CN=identity.linkerd.{trustDomain}", key, pathLength: 0);
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(anchor, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var issuer = request.Create(anchor, now - Skew, now + IssuerLifetime, RandomNumberGenerator.GetBytes(16));
        return issuer.CopyWithPrivateKey(key);
    }

    /// <summary>The private key as PEM (PKCS #8).</summary>
    public static string KeyPem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static CertificateRequest Request(string subject, ECDsa key, int pathLength)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }
}
