using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Interfaces.Identity;

namespace Mesh.Proxy.Certificates;

/// <summary>Reads and verifies who a certificate belongs to: exactly one DNS name and one URI, which name the same workload.</summary>
internal static class PeerIdentity
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly Asn1Tag DnsTag = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>The identity of this cluster's silos.</summary>
    public static WorkloadIdentity SiloOf(ProxyOptions options) => new("mesh-silo", options.ControlNamespace, options.TrustDomain);

    /// <summary>The proxy's own identity.</summary>
    public static WorkloadIdentity ProxyOf(ProxyOptions options) =>
        new(options.ServiceAccount, options.ControlNamespace, options.TrustDomain);

    /// <summary>False when there is not exactly one of each name, or they do not agree, or either is malformed.</summary>
    public static bool TryRead(X509Certificate2 certificate, out WorkloadIdentity identity)
    {
        identity = default;
        string? dns = null;
        string? uri = null;
        var extensions = certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName).ToArray();
        if (extensions.Length != 1)
        {
            return false;
        }
        try
        {
            var names = new AsnReader(extensions[0].RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                var tag = names.PeekTag();
                if (tag == DnsTag && dns is null)
                {
                    dns = names.ReadCharacterString(UniversalTagNumber.IA5String, DnsTag);
                }
                else if (tag == UriTag && uri is null)
                {
                    uri = names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
                }
                else
                {
                    return false;
                }
            }
        }
        catch (AsnContentException)
        {
            return false;
        }
        return WorkloadIdentity.TryParseDnsName(dns, out identity)
            && WorkloadIdentity.TryParseSpiffeId(uri, out var fromUri) && fromUri == identity;
    }

    /// <summary>
    /// Whether the certificate is <paramref name="expected"/>'s, valid at <paramref name="now"/> and signed under an anchor.
    /// </summary>
    /// <param name="leaf">The certificate.</param>
    /// <param name="intermediates">What was presented with it.</param>
    /// <param name="anchors">Trusted roots.</param>
    /// <param name="expected">Whose it must be.</param>
    /// <param name="now">The time to verify at.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryVerify(
        X509Certificate2 leaf, X509Certificate2Collection? intermediates, X509Certificate2Collection anchors,
        WorkloadIdentity expected, DateTimeOffset now, out string reason)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (intermediates is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        }
        if (!chain.Build(leaf))
        {
            var text = new StringBuilder("the certificate does not verify against the trust anchors:");
            foreach (var status in chain.ChainStatus)
            {
                text.Append(' ').Append(status.StatusInformation.Trim());
            }
            reason = text.ToString();
            return false;
        }
        if (!TryRead(leaf, out var identity) || identity != expected)
        {
            reason = $"the certificate is not {expected.DnsName}'s (subject {leaf.Subject})";
            return false;
        }
        reason = string.Empty;
        return true;
    }
}
