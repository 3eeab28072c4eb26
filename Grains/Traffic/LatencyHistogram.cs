using Mesh.Interfaces.Traffic;

namespace Mesh.Grains.Traffic;

/// <summary>Latency counts by <see cref="LatencyBuckets"/>, added up over series.</summary>
public sealed class LatencyHistogram
{
    private readonly ulong[] _counts = new ulong[LatencyBuckets.Count];

    public ulong Total { get; private set; }

    /// <summary>Adds the counts of a series; a series may carry fewer than there are buckets, the rest are 0.</summary>
    public void Add(IReadOnlyList<ulong> counts)
    {
        for (var i = 0; i < Math.Min(counts.Count, _counts.Length); i++)
        {
            _counts[i] += counts[i];
            Total += counts[i];
        }
    }

    /// <summary>
    /// The quantile in milliseconds, as Prometheus' histogram_quantile has it: interpolated inside its bucket, and the last bound for
    /// whatever lies above it. 0 when nothing was counted.
    /// </summary>
    /// <param name="quantile">0 to 1.</param>
    public double Quantile(double quantile)
    {
        if (Total == 0)
        {
            return 0;
        }
        var bounds = LatencyBuckets.UpperBoundsMicroseconds;
        var rank = quantile * Total;
        double below = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (_counts[i] > 0 && below + _counts[i] >= rank)
            {
                var lower = i == 0 ? 0 : bounds[i - 1];
                return (lower + ((bounds[i] - lower) * Math.Clamp((rank - below) / _counts[i], 0, 1))) / 1000;
            }
            below += _counts[i];
        }
        return bounds[^1] / 1000.0;
    }
}
