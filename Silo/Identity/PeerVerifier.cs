using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Silo.Identity;

/// <summary>
/// Decides who a peer is by its certificate: a chain to our trust anchors and to nothing else, valid now, made for what it is used for,
/// and with the two names of one identity. Nothing is fetched from a network and the machine's own certificate store is not looked at.
/// </summary>
internal sealed class PeerVerifier(IssuerStore store, TimeProvider time)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <param name="certificate">What the client showed, or null.</param>
    /// <param name="intermediates">What else it sent.</param>
    public PeerVerification VerifyClient(X509Certificate2? certificate, X509Certificate2Collection? intermediates) =>
        Verify(certificate, intermediates, ClientAuthentication);

    /// <param name="certificate">What the server showed, or null.</param>
    /// <param name="intermediates">What else it sent.</param>
    public PeerVerification VerifyServer(X509Certificate2? certificate, X509Certificate2Collection? intermediates) =>
        Verify(certificate, intermediates, ServerAuthentication);

    /// <summary>A chain that trusts the anchors only and asks nobody. The caller disposes it.</summary>
    public static X509Chain NewChain(ImmutableArray<X509Certificate2> anchors, DateTimeOffset now)
    {
        var chain = new X509Chain { ChainPolicy = NewPolicy() };
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors.ToArray());
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain;
    }

    /// <summary>For TLS stacks that insist on building a chain themselves: it finds nothing, and does not ask the network for it.</summary>
    public static X509ChainPolicy NewPolicy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>What is wrong with a chain, in one line.</summary>
    public static string Describe(X509Chain chain) =>
        string.Join("; ", chain.ChainStatus.Select(s => $"{s.Status}: {s.StatusInformation.Trim()}").Distinct());

    private PeerVerification Verify(X509Certificate2? certificate, X509Certificate2Collection? intermediates, Oid usage)
    {
        if (certificate is null)
        {
            return PeerVerification.None;
        }
        using var chain = NewChain(store.Current.Anchors, time.GetUtcNow());
        chain.ChainPolicy.ApplicationPolicy.Add(usage);
        if (intermediates is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        }
        try
        {
            if (!chain.Build(certificate))
            {
                return PeerVerification.Refused($"its certificate has no valid chain to the trust anchors ({Describe(chain)})");
            }
        }
        catch (CryptographicException e)
        {
            return PeerVerification.Refused($"its certificate cannot be read ({e.Message})");
        }
        return AlternativeNames.TryRead(certificate, out var identity, out var reason)
            ? new PeerVerification(identity, null)
            : PeerVerification.Refused(reason);
    }
}
