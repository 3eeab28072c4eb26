using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Mesh.Grains.Routes;

/// <summary>
/// Which regular expressions of routes can be used: those that can be matched in time linear in the text, since clients choose the text.
/// </summary>
internal static class RoutePattern
{
    private const int MaxLength = 1024;
    private const int MaxRemembered = 4096;

    private static readonly ConcurrentDictionary<string, bool> Known = new(StringComparer.Ordinal);

    public static bool IsValid(string pattern)
    {
        if (pattern.Length is 0 or > MaxLength)
        {
            return false;
        }
        if (Known.TryGetValue(pattern, out var valid))
        {
            return valid;
        }
        if (Known.Count >= MaxRemembered)
        {
            Known.Clear();
        }
        return Known[pattern] = CanBeBuilt(pattern);
    }

    private static bool CanBeBuilt(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
