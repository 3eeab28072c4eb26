using System.Text.RegularExpressions;

namespace Mesh.Grains.Policies;

/// <summary>
/// One entry of MeshTLSAuthentication.spec.identities: "*" (anybody in the mesh), "*.suffix" (every identity that ends so), a DNS-like
/// identity, or a SPIFFE id. SPIFFE ids match exactly only.
/// </summary>
/// <param name="IsAny">"*".</param>
/// <param name="Suffix">From "*.suffix", with its leading dot; else null.</param>
/// <param name="Exact">The identity itself; else null.</param>
internal readonly partial record struct IdentityPattern(bool IsAny, string? Suffix, string? Exact)
{
    private const int MaxLength = 253;

    /// <summary>False when the text is none of these forms; nothing is guessed from it.</summary>
    public static bool TryParse(string? text, out IdentityPattern pattern)
    {
        pattern = default;
        switch (text)
        {
            case null or "":
                return false;
            case "*":
                pattern = new IdentityPattern(true, null, null);
                return true;
            case var wildcard when wildcard.StartsWith("*.", StringComparison.Ordinal):
                pattern = new IdentityPattern(false, wildcard[1..], null);
                return wildcard.Length <= MaxLength && DnsName().IsMatch(wildcard[2..]);
            case var spiffe when spiffe.StartsWith("spiffe://", StringComparison.Ordinal):
                pattern = new IdentityPattern(false, null, spiffe);
                return spiffe.Length <= 2048 && SpiffeId().IsMatch(spiffe);
            default:
                pattern = new IdentityPattern(false, null, text);
                return text.Length <= MaxLength && DnsName().IsMatch(text);
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex DnsName();

    /// <summary>
    /// https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#2-spiffe-identity, with at least one path segment.
    /// </summary>
    [GeneratedRegex(@"^spiffe://[a-z0-9._-]+(/(?!\.{1,2}(/|\z))[a-zA-Z0-9._-]+)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex SpiffeId();
}
