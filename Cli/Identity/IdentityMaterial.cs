using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Cli.CommandLine;

namespace Mesh.Cli.Identity;

/// <summary>The trust anchors and the issuer of one cluster, as PEM.</summary>
internal sealed record IdentityMaterial(string TrustAnchorsPem, string IssuerPem, string IssuerKeyPem)
{
    /// <summary>A new anchor and an issuer under it.</summary>
    public static IdentityMaterial Generate(string trustDomain, DateTimeOffset now)
    {
        using var anchor = IdentityAuthority.CreateAnchor(trustDomain, now);
        using var issuer = IdentityAuthority.CreateIssuer(anchor, trustDomain, now);
        return new IdentityMaterial(anchor.ExportCertificatePem() + "\n", issuer.ExportCertificatePem() + "\n", IdentityAuthority.KeyPem(issuer));
    }

    /// <summary>Whether the three belong together and can be used now.</summary>
    /// <exception cref="CommandFailedException">They cannot; the message says which and why.</exception>
    public void Verify(DateTimeOffset now)
    {
        var anchors = Read(TrustAnchorsPem, "trust anchors");
        var issuers = Read(IssuerPem, "issuer certificate");
        var issuer = issuers[0];
        CheckKey(issuer);
        CheckAuthority(issuer, "issuer certificate");
        CheckTime(issuer, "issuer certificate", now);
        foreach (var anchor in anchors)
        {
            CheckTime(anchor, "trust anchor", now);
        }
        if (!ChainsTo(issuer, issuers, anchors, now))
        {
            throw new CommandFailedException(
                $"The issuer certificate ({issuer.Subject}) was not issued by any of the trust anchors ({string.Join(", ", anchors.Select(a => a.Subject))}). "
                + "Give the anchors that it was made with.");
        }
    }

    /// <summary>Whether a chain leads from the issuer to one of the anchors, all of them valid at <paramref name="at"/>.</summary>
    public static bool ChainsTo(
        X509Certificate2 issuer, X509Certificate2Collection between, X509Certificate2Collection anchors, DateTimeOffset at)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors);
        chain.ChainPolicy.ExtraStore.AddRange(between);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = at.UtcDateTime;
        return chain.Build(issuer);
    }

    /// <exception cref="CommandFailedException">There is no certificate in it.</exception>
    public static X509Certificate2Collection Read(string pem, string what)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new CommandFailedException($"The {what} cannot be read as PEM: {e.Message}", e);
        }
        return certificates.Count > 0 ? certificates : throw new CommandFailedException($"The {what} hold no PEM certificate.");
    }

    private static void CheckAuthority(X509Certificate2 certificate, string what)
    {
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
        {
            throw new CommandFailedException($"The {what} ({certificate.Subject}) is not an authority; it may not sign certificates.");
        }
    }

    private static void CheckTime(X509Certificate2 certificate, string what, DateTimeOffset now)
    {
        var moment = now.UtcDateTime;
        if (moment > certificate.NotAfter.ToUniversalTime())
        {
            throw new CommandFailedException($"The {what} ({certificate.Subject}) expired at {certificate.NotAfter.ToUniversalTime():u}. Make a new one.");
        }
        if (moment < certificate.NotBefore.ToUniversalTime())
        {
            throw new CommandFailedException(
                $"The {what} ({certificate.Subject}) is not valid before {certificate.NotBefore.ToUniversalTime():u}. Check this machine's clock.");
        }
    }

    private void CheckKey(X509Certificate2 issuer)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(IssuerKeyPem);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CommandFailedException("The issuer key is not an unencrypted ECDSA key in PEM; the mesh uses ECDSA P-256.", e);
        }
        using var publicKey = issuer.GetECDsaPublicKey()
            ?? throw new CommandFailedException($"The issuer certificate ({issuer.Subject}) has no ECDSA key; the mesh uses ECDSA P-256.");
        if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey.ExportSubjectPublicKeyInfo()))
        {
            throw new CommandFailedException($"The issuer key does not belong to the issuer certificate ({issuer.Subject}).");
        }
        if (publicKey.KeySize != 256)
        {
            throw new CommandFailedException($"The issuer certificate ({issuer.Subject}) has a key of {publicKey.KeySize} bits; the mesh uses ECDSA P-256.");
        }
    }
}
