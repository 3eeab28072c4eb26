using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Loads;

/// <summary>h2load: HTTP/2 without TLS and without an upgrade, many streams at once on each connection.</summary>
internal static partial class H2Load
{
    public static LoadResult Run(Lab lab, int port, string path, int connections, int streams, TimeSpan duration)
    {
        var output = ChildProcess.Run(
            [
                "h2load", "-t1", $"-c{connections}", $"-m{streams}",
                string.Create(CultureInfo.InvariantCulture, $"-D{duration.TotalSeconds:F0}"), $"http://127.0.0.1:{port}{path}",
            ],
            duration + TimeSpan.FromSeconds(20), lab.Interruption);
        var counts = Counts().Match(output);
        var rate = Rate().Match(output);
        var mean = Mean().Match(output);
        if (!counts.Success || !rate.Success || !mean.Success)
        {
            throw new BenchmarkException($"h2load said something unexpected: {output}");
        }
        return new LoadResult(
            Number(counts.Groups[1]), Number(rate.Groups[1]), Duration.Microseconds(mean.Groups[1].Value, mean.Groups[2].Value),
            Errors: (long)(Number(counts.Groups[2]) + Number(counts.Groups[3])));
    }

    private static double Number(Group group) => double.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"requests:.*?(\d+) succeeded, (\d+) failed, (\d+) errored")]
    private static partial Regex Counts();

    [GeneratedRegex(@"finished in [^,]+, ([\d.]+) req/s")]
    private static partial Regex Rate();

    // Columns: least, greatest, mean.
    [GeneratedRegex(@"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Mean();
}
