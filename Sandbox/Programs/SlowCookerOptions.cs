using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Sandbox.Lifecycle;

namespace Mesh.Sandbox.Programs;

/// <summary>The arguments of buoyantio/slow_cooker; single and double dashes both, as Go's flag package takes them.</summary>
internal sealed partial record SlowCookerOptions
{
    private static readonly string[] Valued =
        ["qps", "concurrency", "interval", "metric-addr", "host", "method", "iterations", "totalRequests", "header", "data", "url", "timeout"];

    private static readonly string[] Switches = ["noreuse", "compress", "noLatencySummary", "reportLatenciesCSV"];

    public required Uri Url { get; init; }

    /// <summary>Requests per second of each of <see cref="Concurrency"/> senders.</summary>
    public int Qps { get; init; } = 1;

    public int Concurrency { get; init; } = 1;

    /// <summary>Time between reports.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Number of reports after which to end; 0: never.</summary>
    public int Iterations { get; init; }

    /// <summary>Number of requests after which to end; 0: never.</summary>
    public long TotalRequests { get; init; }

    public string Method { get; init; } = "GET";

    public string? Host { get; init; }

    public string? Data { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether each request takes a connection of its own.</summary>
    public bool NoReuse { get; init; }

    /// <summary>Where to serve Prometheus metrics; null: nowhere.</summary>
    public string? MetricAddress { get; init; }

    /// <exception cref="UsageException">An unknown flag or a value that makes no sense.</exception>
    public static SlowCookerOptions Parse(string[] arguments)
    {
        var line = new CommandLine([.. arguments.Select(DoubleDash)], Valued, Switches);
        var url = line.Value("url") ?? line.Rest.SingleOrDefault() ?? throw new UsageException("slow_cooker needs a URL: slow_cooker -qps 10 http://host:port/");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"'{url}' is no http or https URL");
        }
        var options = new SlowCookerOptions
        {
            Url = uri,
            Qps = line.Number("qps", 1),
            Concurrency = line.Number("concurrency", 1),
            Interval = Duration(line.Value("interval") ?? "10s"),
            Iterations = line.Number("iterations", 0),
            TotalRequests = line.Number("totalRequests", 0),
            Method = line.Value("method") ?? "GET",
            Host = line.Value("host"),
            Data = line.Value("data"),
            Timeout = Duration(line.Value("timeout") ?? "10s"),
            NoReuse = line.Switch("noreuse"),
            MetricAddress = line.Value("metric-addr"),
        };
        return options is { Qps: > 0 and <= 1_000_000, Concurrency: > 0 and <= 10_000 }
            ? options
            : throw new UsageException("-qps and -concurrency take a number above 0");
    }

    /// <summary>Reads Go's notation: 500ms, 10s, 1m30s, 1h.</summary>
    public static TimeSpan Duration(string text)
    {
        var total = TimeSpan.Zero;
        var matched = 0;
        foreach (Match part in DurationPart().Matches(text))
        {
            var number = double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture);
            total += part.Groups[2].Value switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "s" => TimeSpan.FromSeconds(number),
                "m" => TimeSpan.FromMinutes(number),
                _ => TimeSpan.FromHours(number),
            };
            matched += part.Length;
        }
        return matched == text.Length && total > TimeSpan.Zero
            ? total
            : throw new UsageException($"'{text}' is no duration; write 500ms, 10s or 1m");
    }

    private static string DoubleDash(string argument) =>
        argument.StartsWith('-') && !argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 1 ? "-" + argument : argument;

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(ms|s|m|h)")]
    private static partial Regex DurationPart();
}
