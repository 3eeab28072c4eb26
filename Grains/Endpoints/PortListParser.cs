using System.Collections.Immutable;
using System.Globalization;
using Mesh.Interfaces.Endpoints;

namespace Mesh.Grains.Endpoints;

/// <summary>Reads the port lists of annotations: numbers, ranges and names, separated by commas.</summary>
internal static class PortListParser
{
    /// <summary>Linkerd's default opaque ports: SMTP (25, 587), MySQL, Galera, PostgreSQL, Redis, Elasticsearch, Memcached.</summary>
    public static ImmutableArray<PortRange> DefaultOpaquePorts { get; } =
        [Single(25), Single(587), Single(3306), Single(4444), Single(5432), Single(6379), Single(9300), Single(11211)];

    /// <summary>The ports in ascending order, without overlaps. Parts that cannot be read are left out.</summary>
    /// <param name="text">Such as "4444, 8000-8010, mysql"; null or empty: none.</param>
    /// <param name="named">The ports a name stands for.</param>
    public static ImmutableArray<PortRange> Parse(string? text, Func<string, IEnumerable<int>> named)
    {
        var ranges = new List<PortRange>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (TryParsePort(part, out var port))
            {
                ranges.Add(new PortRange(port, port));
            }
            else if (dash > 0 && TryParsePort(part.AsSpan(0, dash), out var first) && TryParsePort(part.AsSpan(dash + 1), out var last))
            {
                if (first <= last)
                {
                    ranges.Add(new PortRange(first, last));
                }
            }
            else
            {
                ranges.AddRange(named(part).Where(number => number is > 0 and <= ushort.MaxValue).Select(Single));
            }
        }
        return Merge(ranges);
    }

    /// <summary>The same ports in ascending order, without overlaps.</summary>
    public static ImmutableArray<PortRange> Merge(IEnumerable<PortRange> ranges)
    {
        var merged = new List<PortRange>();
        foreach (var range in ranges.OrderBy(range => range.First).ThenBy(range => range.Last))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = new PortRange(merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }
        return [.. merged];
    }

    public static PortRange Single(int port) => new((ushort)port, (ushort)port);

    private static bool TryParsePort(ReadOnlySpan<char> text, out ushort port) =>
        ushort.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;
}
