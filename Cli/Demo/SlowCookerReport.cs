using System.Text.RegularExpressions;

namespace Mesh.Cli.Demo;

/// <summary>The totals of a slow_cooker since it started: answered well, answered with another status than 2xx, not answered.</summary>
internal sealed partial record SlowCookerReport(long Good, long Bad, long Failed)
{
    /// <returns>The totals in the last line that has them (<c>total good=1 bad=2 failed=3</c>), or null.</returns>
    public static SlowCookerReport? Parse(string log)
    {
        var match = Totals().Matches(log).LastOrDefault();
        return match is null
            ? null
            : new SlowCookerReport(long.Parse(match.Groups[1].Value), long.Parse(match.Groups[2].Value), long.Parse(match.Groups[3].Value));
    }

    [GeneratedRegex(@"total good=(\d+) bad=(\d+) failed=(\d+)")]
    private static partial Regex Totals();
}
