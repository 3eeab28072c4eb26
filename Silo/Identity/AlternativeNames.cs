using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Mesh.Interfaces.Identity;

namespace Mesh.Silo.Identity;

/// <summary>Reads the identity out of a certificate's subject alternative names (RFC 5280, 4.2.1.6).</summary>
internal static class AlternativeNames
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <summary>
    /// True and the identity when the certificate has exactly one DNS name and one URI, nothing else, and both say the same. It says
    /// nothing about who issued the certificate.
    /// </summary>
    public static bool TryRead(X509Certificate2 certificate, out WorkloadIdentity identity, [NotNullWhen(false)] out string? reason)
    {
        identity = default;
        var extensions = certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName).ToArray();
        if (extensions.Length != 1)
        {
            reason = $"it has {extensions.Length} subject alternative name extensions instead of one";
            return false;
        }
        List<string> dns, uris;
        int others;
        try
        {
            (dns, uris, others) = Names(extensions[0].RawData);
        }
        catch (AsnContentException)
        {
            reason = "its subject alternative names are not valid DER";
            return false;
        }
        if (dns.Count != 1 || uris.Count != 1 || others != 0)
        {
            reason = $"it has {dns.Count} DNS names, {uris.Count} URIs and {others} other names instead of one DNS name and one URI";
            return false;
        }
        if (!WorkloadIdentity.TryParseDnsName(dns[0], out var byDns))
        {
            reason = $"its DNS name '{Printable(dns[0])}' is no workload identity";
            return false;
        }
        if (!WorkloadIdentity.TryParseSpiffeId(uris[0], out var byUri) || byUri != byDns)
        {
            reason = $"its DNS name '{byDns}' and its URI '{Printable(uris[0])}' do not agree";
            return false;
        }
        identity = byDns;
        reason = null;
        return true;
    }

    private static (List<string> Dns, List<string> Uris, int Others) Names(byte[] extension)
    {
        var outer = new AsnReader(extension, AsnEncodingRules.DER);
        var names = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        List<string> dns = [], uris = [];
        var others = 0;
        while (names.HasData)
        {
            var tag = names.PeekTag();
            if (tag.HasSameClassAndValue(DnsName))
            {
                dns.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
            }
            else if (tag.HasSameClassAndValue(Uri))
            {
                uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
            }
            else
            {
                names.ReadEncodedValue();
                others++;
            }
        }
        return (dns, uris, others);
    }

    // It ends up in logs and answers, and a stranger wrote it.
    private static string Printable(string text) =>
        new([.. text.Take(260).Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '?')]);
}
