using System.Globalization;

namespace Mesh.Benchmarks.Loads;

/// <summary>Reads durations as wrk and h2load write them.</summary>
internal static class Duration
{
    /// <param name="number">For example <c>1.25</c>.</param>
    /// <param name="unit"><c>us</c>, <c>ms</c> or <c>s</c>.</param>
    public static double Microseconds(string number, string unit) => double.Parse(number, CultureInfo.InvariantCulture) * unit switch
    {
        "us" => 1,
        "ms" => 1e3,
        _ => 1e6,
    };
}
