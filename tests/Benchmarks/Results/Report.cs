using System.Text;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Results;

/// <summary>What is committed under <c>docs/benchmarks/</c>: the results as JSON, and a page for people.</summary>
internal static class Report
{
    private const string Page = "docs/benchmarks/README.md";

    private const string About = """
        # Benchmarks

        Made by `./build.sh bench --record` as root. `tests/Benchmarks` has what is measured (`Comparisons/Catalog.cs`) and the peers'
        configurations (`Proxies/`).

        Load generator → client-side proxy → mutual TLS 1.3, the client authorised by its identity → server-side proxy → nginx, in a
        network namespace of its own. Each proxy has one thread (stunnel: one for each connection) and each side a processor. All have
        `TLS_AES_128_GCM_SHA256` and ECDSA P-256 certificates, and resume no session unless the figure says so. CPU is user and system
        time of both proxy processes, everything in them included, by the kernel's account. Every round measures every pair once. A
        ratio is the median of the rounds' ratios, so it need not be the quotient of the two medians beside it. Without a peer, the
        bound is on our own value; without a bound, the line is for information. Less is better.


        """;

    /// <summary>Writes both, relative to the current folder. A figure that was not measured this time keeps its line.</summary>
    public static void Write(IReadOnlyList<FigureResult> results, BenchOptions options)
    {
        var merged = Merge(File.Exists(ResultFile.Committed) ? ResultFile.Read(ResultFile.Committed) : [], results);
        ResultFile.Write(ResultFile.Committed, merged);
        var text = new StringBuilder(About)
            .Append($"Last run: {options.Rounds} rounds, {Machine.Describe()},\n{string.Join(", ", Versions())}, load average at its end\n")
            .Append($"{Machine.LoadAverage()}. The processors are virtual and shared with others: compare ratios, not values.\n\n")
            .Append(ResultTable.Format(merged)).Append('\n');
        File.WriteAllText(Page, text.ToString());
    }

    private static List<FigureResult> Merge(IReadOnlyList<FigureResult> old, IReadOnlyList<FigureResult> now)
    {
        var latest = now.ToDictionary(result => result.Key);
        var kept = old.Select(result => latest.Remove(result.Key, out var newer) ? newer : result).ToList();
        return [.. kept, .. now.Where(result => latest.ContainsKey(result.Key))];
    }

    private static IEnumerable<string> Versions()
    {
        using var interruption = new Interruption();
        foreach (var package in new[] { "haproxy", "nginx", "stunnel4", "openssl" })
        {
            var version = ChildProcess.Run(["dpkg-query", "--show", package], TimeSpan.FromSeconds(10), interruption);
            yield return version.Trim().Replace('\t', ' ');
        }
    }
}
