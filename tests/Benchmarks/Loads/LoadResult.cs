using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Benchmarks.Loads;

/// <summary>What a load generator has seen.</summary>
/// <param name="Count">Requests answered, connections made, or bytes carried.</param>
/// <param name="PerSecond">The same per second.</param>
/// <param name="P50">Median latency in microseconds; 0: not measured.</param>
/// <param name="P99">99th percentile in microseconds; 0: not measured.</param>
/// <param name="Errors">What went wrong: refused, cut, answered with another status than 200.</param>
internal sealed record LoadResult(double Count, double PerSecond, double P50 = 0, double P99 = 0, long Errors = 0)
{
    /// <summary>From latencies of each request, in microseconds.</summary>
    public static LoadResult Of(IEnumerable<double> latencies, TimeSpan elapsed, long errors)
    {
        var sorted = latencies.Order().ToArray();
        double At(double share) => sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(sorted.Length * share))];
        return new LoadResult(sorted.Length, sorted.Length / elapsed.TotalSeconds, At(0.5), At(0.99), errors);
    }

    /// <summary>Reads what a load process of this program wrote with <see cref="ToString"/>.</summary>
    public static LoadResult Parse(string text) => JsonSerializer.Deserialize(text, LoadResultJson.Default.LoadResult)!;

    public override string ToString() => JsonSerializer.Serialize(this, LoadResultJson.Default.LoadResult);
}

/// <summary>Source-generated, so that a load process starts quickly.</summary>
[JsonSerializable(typeof(LoadResult))]
internal sealed partial class LoadResultJson : JsonSerializerContext;
