namespace Mesh.Cli.CommandLine;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    /// <returns>The known name with the fewest letters different, case and dots aside; null when none is near.</returns>
    public static string? Of(string name, IEnumerable<string> known)
    {
        var wanted = Letters(name);
        return known
            .Select(candidate => (Name: candidate, Distance: Distance(wanted, Letters(candidate))))
            .Where(c => c.Distance <= Math.Max(2, wanted.Length / 3) || Letters(c.Name).EndsWith(wanted, StringComparison.Ordinal))
            .OrderBy(c => c.Distance)
            .Select(c => c.Name)
            .FirstOrDefault();
    }

    private static string Letters(string name) => name.Replace(".", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The edit distance: insertions, deletions and replacements (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
