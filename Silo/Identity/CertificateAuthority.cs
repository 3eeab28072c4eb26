using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;

namespace Mesh.Silo.Identity;

/// <summary>
/// Issues the certificates of this cluster's workloads. Who a certificate is for is decided by the caller; of the request only the
/// public key is used, after its signature has proved that the asker holds the private one.
/// </summary>
internal sealed class CertificateAuthority(IssuerStore store, TimeProvider time, IdentityMetrics metrics)
{
    /// <summary>How long a certificate lives; Linkerd's.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>How far the clocks of two nodes may differ; Linkerd's.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(20);

    private const string P256 = "1.2.840.10045.3.1.7";

    // A P-256 request without attributes has about 200 bytes.
    private const int MaxRequestBytes = 8 * 1024;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <param name="request">PKCS#10, DER. Names and extensions in it are ignored.</param>
    /// <param name="identity">Whom the certificate is for.</param>
    /// <param name="issued">The certificate, when true is returned.</param>
    /// <param name="error">Why there is none and what to do, when false is returned.</param>
    public bool TryIssue(
        byte[] request,
        WorkloadIdentity identity,
        [NotNullWhen(true)] out IssuedCertificate? issued,
        [NotNullWhen(false)] out string? error)
    {
        issued = null;
        if (TryReadPublicKey(request, out var key, out error) && TryIssue(key, identity, out issued, out error))
        {
            metrics.Issued();
            return true;
        }
        metrics.Refused();
        return false;
    }

    private static bool TryReadPublicKey(byte[] der, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? error)
    {
        (key, error) = (null, null);
        if (der.Length > MaxRequestBytes)
        {
            error = $"The certificate request has {der.Length} bytes, more than {MaxRequestBytes}.";
            return false;
        }
        try
        {
            // Verifies the request's signature; ignores its extensions.
            var request = CertificateRequest.LoadSigningRequest(
                der, HashAlgorithmName.SHA256, out var consumed, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            using var ecdsa = consumed == der.Length ? request.PublicKey.GetECDsaPublicKey() : null;
            if (ecdsa?.ExportParameters(false).Curve.Oid.Value != P256)
            {
                error = "The certificate request is not for an ECDSA P-256 key, or has bytes after its end. Make one for a P-256 key.";
                return false;
            }
            key = request.PublicKey;
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            error = $"The certificate request is not PKCS#10 signed with its own key: {e.Message}";
            return false;
        }
    }

    private bool TryIssue(
        PublicKey key, WorkloadIdentity identity, [NotNullWhen(true)] out IssuedCertificate? issued, [NotNullWhen(false)] out string? error)
    {
        (issued, error) = (null, null);
        var issuer = store.Current;
        var now = time.GetUtcNow();
        var notBefore = Seconds(Later(now - ClockSkew, issuer.NotBefore));
        var notAfter = Seconds(Earlier(now + Lifetime, issuer.NotAfter));
        if (notAfter <= now)
        {
            error = $"The cluster's issuer certificate ended at {issuer.NotAfter:u}. Renew the Secret mesh-identity-issuer.";
            return false;
        }

        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], critical: false));
        request.CertificateExtensions.Add(AlternativeNames(identity));
        if (issuer.Issuer.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } subjectKey)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(subjectKey));
        }

        using var issuerKey = issuer.Issuer.GetECDsaPrivateKey()!;
        using var leaf = request.Create(
            issuer.Issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), notBefore, notAfter, SerialNumber());
        issued = new IssuedCertificate([leaf.RawData, .. issuer.ChainDer], issuer.AnchorsDer, notBefore, notAfter);
        return true;
    }

    private static X509Extension AlternativeNames(WorkloadIdentity identity)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(identity.DnsName);
        names.AddUri(new Uri(identity.SpiffeId));
        // Critical because the subject is empty (RFC 5280, 4.2.1.6); a common name would be too short for some identities (64 characters).
        return names.Build(critical: true);
    }

    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        // Positive and of full length (RFC 5280, 4.1.2.2).
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    // What a certificate can express.
    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
