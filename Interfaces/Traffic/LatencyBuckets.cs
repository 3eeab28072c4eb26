using System.Collections.Immutable;

namespace Mesh.Interfaces.Traffic;

/// <summary>
/// The upper bounds of the latency histogram, in microseconds: Linkerd's buckets (1, 2, 3, 4, 5, 10, … 50,000 ms) with three finer ones
/// below a millisecond. A histogram has one count more than there are bounds, for everything above the last.
/// </summary>
public static class LatencyBuckets
{
    public static ImmutableArray<int> UpperBoundsMicroseconds { get; } =
    [
        250, 500, 750,
        1_000, 2_000, 3_000, 4_000, 5_000,
        10_000, 20_000, 30_000, 40_000, 50_000,
        100_000, 200_000, 300_000, 400_000, 500_000,
        1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000,
        10_000_000, 20_000_000, 30_000_000, 40_000_000, 50_000_000,
    ];

    /// <summary>The number of counts in a histogram.</summary>
    public static int Count => UpperBoundsMicroseconds.Length + 1;
}
