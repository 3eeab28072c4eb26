using System.Text.RegularExpressions;

namespace Mesh.Interfaces.Keys;

/// <summary>The name of a Kubernetes cluster in the mesh: a DNS label (RFC 1123), at most 63 characters.</summary>
[GenerateSerializer, Immutable, Alias("mesh.ClusterName")]
public readonly partial record struct ClusterName([property: Id(0)] string Value)
{
    public override string ToString() => Value;

    /// <summary>True and the name, or false when <paramref name="text"/> is not a DNS label.</summary>
    public static bool TryParse(string? text, out ClusterName name)
    {
        var valid = text is not null && DnsLabel().IsMatch(text);
        name = valid ? new ClusterName(text!) : default;
        return valid;
    }

    /// <exception cref="FormatException"><paramref name="text"/> is not a DNS label.</exception>
    public static ClusterName Parse(string text) =>
        TryParse(text, out var name)
            ? name
            : throw new FormatException($"'{text}' is not a cluster name. Use lower-case letters, digits and '-', at most 63 characters.");

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex DnsLabel();
}
