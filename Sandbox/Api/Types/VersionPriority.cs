using System.Text.RegularExpressions;

namespace Mesh.Sandbox.Api.Types;

/// <summary>
/// Orders version names as Kubernetes does: stable before beta before alpha, higher numbers first, anything else after those.
/// See "Version priority" in the CustomResourceDefinition versioning documentation.
/// </summary>
internal sealed partial class VersionPriority : IComparer<string>
{
    public static readonly VersionPriority Instance = new();

    public int Compare(string? x, string? y)
    {
        var (left, right) = (Rank(x ?? ""), Rank(y ?? ""));
        var byRank = left.CompareTo(right);
        return byRank != 0 ? byRank : -string.CompareOrdinal(x, y);
    }

    private static (int Stability, int Major, int Minor) Rank(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success)
        {
            return (0, 0, 0);
        }
        var stability = match.Groups[2].Value switch { "alpha" => 1, "beta" => 2, _ => 3 };
        return (stability, int.Parse(match.Groups[1].Value), match.Groups[3].Success ? int.Parse(match.Groups[3].Value) : 0);
    }

    [GeneratedRegex("^v([0-9]{1,9})(?:(alpha|beta)([0-9]{1,9}))?$")]
    private static partial Regex Pattern();
}
