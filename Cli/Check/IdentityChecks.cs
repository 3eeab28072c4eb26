using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Check;

/// <summary>Whether the trust anchors and the issuer are good, and for long enough.</summary>
internal static class IdentityChecks
{
    private const string Renew = "make new ones with `mesh certificates create`, and run `mesh install` with their files";
    private static readonly TimeSpan Soon = TimeSpan.FromDays(60);

    public static CheckCategory Create(CheckTarget target) => new("mesh-identity",
    [
        new CheckItem("certificate config is valid", Renew, async cancellationToken =>
        {
            await target.AnchorsAsync(cancellationToken);
            await target.IssuerAsync(cancellationToken);
            var secret = await target.RequireAsync<Secret>(target.MeshNamespace, MeshNames.IssuerSecret, cancellationToken);
            if (!Encoding.UTF8.GetString(secret.Data.GetValueOrDefault("tls.key") ?? []).Contains("PRIVATE KEY", StringComparison.Ordinal))
            {
                throw new CheckFailedException($"Secret {target.MeshNamespace}/{MeshNames.IssuerSecret} has no private key in tls.key");
            }
        }) { Fatal = true },
        new CheckItem("trust anchors are using supported crypto algorithm", Renew,
            async c => Each(await target.AnchorsAsync(c), UsesP256)) { Fatal = true },
        new CheckItem("trust anchors are within their validity period", Renew,
            async c => Each(await target.AnchorsAsync(c), a => IsValidAt(a, target.Time.GetUtcNow()))) { Fatal = true },
        new CheckItem("trust anchors are valid for at least 60 days", Renew,
            async c => Each(await target.AnchorsAsync(c), a => IsValidUntil(a, target.Time.GetUtcNow() + Soon))) { Warning = true },
        new CheckItem("issuer cert is using supported crypto algorithm", Renew,
            async c => UsesP256((await target.IssuerAsync(c))[0])) { Fatal = true },
        new CheckItem("issuer cert is within its validity period", Renew,
            async c => IsValidAt((await target.IssuerAsync(c))[0], target.Time.GetUtcNow())) { Fatal = true },
        new CheckItem("issuer cert is valid for at least 60 days", Renew,
            async c => IsValidUntil((await target.IssuerAsync(c))[0], target.Time.GetUtcNow() + Soon)) { Warning = true },
        new CheckItem("issuer cert is issued by the trust anchor", Renew, async cancellationToken =>
        {
            var issuer = await target.IssuerAsync(cancellationToken);
            var anchors = await target.AnchorsAsync(cancellationToken);
            if (!IdentityMaterial.ChainsTo(issuer[0], issuer, anchors, target.Time.GetUtcNow()))
            {
                throw new CheckFailedException($"no chain leads from {issuer[0].Subject} to {string.Join(", ", anchors.Select(a => a.Subject))}");
            }
        }),
        InstallationChecks.Clock(target),
    ]);

    private static void Each(X509Certificate2Collection certificates, Action<X509Certificate2> check)
    {
        foreach (var certificate in certificates)
        {
            check(certificate);
        }
    }

    private static void UsesP256(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPublicKey();
        if (key is not { KeySize: 256 })
        {
            throw new CheckFailedException($"{certificate.Subject} uses {certificate.PublicKey.Oid.FriendlyName}, but must use ECDSA P-256");
        }
    }

    private static void IsValidAt(X509Certificate2 certificate, DateTimeOffset moment)
    {
        IsValidUntil(certificate, moment);
        if (moment.UtcDateTime < certificate.NotBefore.ToUniversalTime())
        {
            throw new CheckFailedException($"{certificate.Subject} is not valid before {certificate.NotBefore.ToUniversalTime():u}");
        }
    }

    private static void IsValidUntil(X509Certificate2 certificate, DateTimeOffset moment)
    {
        if (moment.UtcDateTime > certificate.NotAfter.ToUniversalTime())
        {
            throw new CheckFailedException($"{certificate.Subject} is valid only until {certificate.NotAfter.ToUniversalTime():u}");
        }
    }
}
