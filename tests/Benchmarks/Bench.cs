using Mesh.Benchmarks.Comparisons;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks;

/// <summary>
/// The benchmark itself: measures what was asked for and tells. Progress goes to standard error, results to standard output.
/// </summary>
internal static class Bench
{
    private static readonly (string Command, string Package)[] Needs =
    [
        ("haproxy", "haproxy"), ("nginx", "nginx-light"), (NginxStreamPair.Module, "libnginx-mod-stream"), ("stunnel4", "stunnel4"),
        ("wrk", "wrk"), ("h2load", "nghttp2-client"), ("setpriv", "util-linux"), ("taskset", "util-linux"),
    ];

    /// <returns>The exit code: 1 when <see cref="BenchOptions.Compare"/> finds something.</returns>
    /// <exception cref="BenchmarkException">Something could not be measured.</exception>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public static int Run(BenchOptions options)
    {
        CheckNeeds();
        var committed = options.Compare ? ResultFile.Read(ResultFile.Committed) : [];
        Console.Error.WriteLine($"{Machine.Describe()}; load average {Machine.LoadAverage()}. Shared machines are noisy: compare ratios.");
        var results = new List<FigureResult>();
        using (var interruption = new Interruption())
        using (var lab = new Lab(interruption))
        {
            var rounds = new Rounds(lab, options.Rounds, options.Attempts, Console.Error);
            foreach (var (name, comparison) in Catalog.Comparisons)
            {
                if (options.Wants(name))
                {
                    results.AddRange(rounds.Run(comparison));
                }
            }
            foreach (var (name, measure) in Catalog.Values)
            {
                if (options.Wants(name))
                {
                    results.Add(measure(lab));
                }
            }
        }
        Console.WriteLine(ResultTable.Format(results));
        if (options.Json is { } file)
        {
            ResultFile.Write(file, results);
        }
        if (options.Record)
        {
            Report.Write(results, options);
        }
        return options.Compare ? Tell(Regression.Find(results, committed)) : 0;
    }

    private static int Tell(IReadOnlyList<(FigureResult Now, FigureResult Then)> worse)
    {
        foreach (var (now, then) in worse)
        {
            var against = now.PeerName is { } peer ? $", against {peer}" : "";
            Console.WriteLine($"worse than committed: {now.Figure}{against}: {now.Judged:0.##}, was {then.Judged:0.##}");
        }
        return worse.Count > 0 ? 1 : 0;
    }

    private static void CheckNeeds()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var missing = Needs.Where(need => !folders.Any(folder => File.Exists(Path.Combine(folder, need.Command))))
            .Select(need => need.Package).Distinct().ToList();
        if (missing.Count > 0)
        {
            throw new BenchmarkException(
                $"These packages are missing: {string.Join(' ', missing)}. Install them, or run build.sh as root.");
        }
    }
}
