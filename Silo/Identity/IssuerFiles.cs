using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Silo.Identity;

/// <summary>Reads the issuer and the trust anchors from PEM text and refuses what could not work.</summary>
internal static class IssuerFiles
{
    /// <param name="certificatePem">The issuer's certificate first, then any intermediates.</param>
    /// <param name="keyPem">The issuer's private key.</param>
    /// <param name="anchorsPem">The trust anchors.</param>
    /// <param name="now">When the issuer must be valid.</param>
    /// <exception cref="IssuerException">With what is wrong and what to do.</exception>
    public static IssuerSnapshot Read(string certificatePem, string keyPem, string anchorsPem, DateTimeOffset now)
    {
        var anchors = Certificates(anchorsPem, "the trust anchors (ca-bundle.crt)");
        var chain = Certificates(certificatePem, "the issuer's certificate (tls.crt)");
        var issuer = WithKey(chain[0], keyPem);
        if (issuer.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
        {
            throw new IssuerException(
                $"The issuer's certificate '{issuer.Subject}' is no CA certificate, so it cannot issue any. Make it with "
                    + "basicConstraints CA:TRUE.");
        }
        var snapshot = new IssuerSnapshot(issuer, chain[1..], anchors);
        if (now > snapshot.NotAfter || now < snapshot.NotBefore)
        {
            throw new IssuerException(
                $"The issuer's certificate is valid from {snapshot.NotBefore:u} to {snapshot.NotAfter:u} and it is {now:u}. "
                + "Replace the Secret mesh-identity-issuer, or set the clock.");
        }
        using var verification = PeerVerifier.NewChain(anchors, now);
        verification.ChainPolicy.ExtraStore.AddRange(snapshot.Intermediates.ToArray());
        if (!verification.Build(issuer))
        {
            throw new IssuerException(
                $"The issuer's certificate '{issuer.Subject}' is not under any of the trust anchors: {PeerVerifier.Describe(verification)} "
                + "The Secret mesh-identity-issuer and the ConfigMap mesh-identity-trust-roots must come from the same anchor.");
        }
        return snapshot;
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, string keyPem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(keyPem);
            return certificate.CopyWithPrivateKey(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or InvalidOperationException)
        {
            throw new IssuerException(
                $"The issuer's private key (tls.key) is not an unencrypted ECDSA key in PEM that belongs to tls.crt: {e.Message} "
                + "Write both of one pair into the Secret mesh-identity-issuer.",
                e);
        }
    }

    private static ImmutableArray<X509Certificate2> Certificates(string pem, string what)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new IssuerException($"Cannot read {what}: {e.Message} It must be PEM ('-----BEGIN CERTIFICATE-----').", e);
        }
        return found.Count > 0
            ? [.. found]
            : throw new IssuerException($"There is no certificate in {what}. It must be PEM ('-----BEGIN CERTIFICATE-----').");
    }
}
