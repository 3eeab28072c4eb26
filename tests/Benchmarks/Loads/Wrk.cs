using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Loads;

/// <summary>wrk: HTTP/1.1 on kept-alive connections, each sending its next request when the last one is answered.</summary>
internal static partial class Wrk
{
    public static LoadResult Run(Lab lab, int port, string path, int connections, TimeSpan duration)
    {
        var output = ChildProcess.Run(
            [
                "wrk", "-t1", $"-c{connections}", string.Create(CultureInfo.InvariantCulture, $"-d{duration.TotalSeconds:F0}s"),
                "--latency", $"http://127.0.0.1:{port}{path}",
            ],
            duration + TimeSpan.FromSeconds(20), lab.Interruption);
        var errors = SocketErrors().Match(output) is { Success: true } sockets
            ? sockets.Groups[1].Captures.Sum(capture => long.Parse(capture.Value, CultureInfo.InvariantCulture))
            : 0;
        if (BadStatus().Match(output) is { Success: true } statuses)
        {
            errors += long.Parse(statuses.Groups[1].Value, CultureInfo.InvariantCulture);
        }
        return new LoadResult(
            Number(Requests(), output), Number(Rate(), output), Latency("50%", output), Latency("99%", output), errors);
    }

    private static double Number(Regex pattern, string output) => pattern.Match(output) is { Success: true } match
        ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
        : throw new BenchmarkException($"wrk said something unexpected: {output}");

    private static double Latency(string percentile, string output)
    {
        var match = Regex.Match(output, $@"\s{Regex.Escape(percentile)}\s+([\d.]+)(us|ms|s)");
        return match.Success ? Duration.Microseconds(match.Groups[1].Value, match.Groups[2].Value) : 0;
    }

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s*([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"Socket errors:(?:\D+(\d+))+")]
    private static partial Regex SocketErrors();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex BadStatus();
}
