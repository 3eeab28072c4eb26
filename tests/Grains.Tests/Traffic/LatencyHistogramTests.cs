using Mesh.Grains.Traffic;
using Mesh.Interfaces.Traffic;

namespace Mesh.Grains.Tests.Traffic;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Quantile_Nothing_IsZero() => Assert.Equal(0, new LatencyHistogram().Quantile(0.5));

    [Fact]
    public void Quantile_OneBucket_IsInterpolatedInsideIt()
    {
        // 100 responses between 1 and 2 ms.
        var histogram = new LatencyHistogram();
        histogram.Add([0, 0, 0, 0, 100]);
        Assert.Equal(1.5, histogram.Quantile(0.5), 6);
        Assert.Equal(1.99, histogram.Quantile(0.99), 6);
    }

    [Fact]
    public void Quantile_TwoBuckets_FindsTheRightOne()
    {
        var histogram = new LatencyHistogram();
        histogram.Add([90]);
        histogram.Add([0, 0, 0, 0, 0, 0, 0, 0, 10]);
        Assert.Equal(0.25 * 50 / 90, histogram.Quantile(0.5), 6);
        Assert.Equal(5 + (5 * 0.5), histogram.Quantile(0.95), 6);
    }

    [Fact]
    public void Quantile_AboveTheLastBound_IsTheLastBound()
    {
        var counts = new ulong[LatencyBuckets.Count];
        counts[^1] = 1;
        var histogram = new LatencyHistogram();
        histogram.Add(counts);
        Assert.Equal(50_000, histogram.Quantile(0.5));
    }

    [Fact]
    public void Quantile_AnyHistogram_RisesWithTheQuantile()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var histogram = new LatencyHistogram();
            histogram.Add([.. Enumerable.Range(0, LatencyBuckets.Count).Select(_ => (ulong)random.Next(5))]);
            var quantiles = Enumerable.Range(0, 101).Select(percent => histogram.Quantile(percent / 100.0)).ToList();
            Assert.Equal(quantiles.Order(), quantiles);
            Assert.All(quantiles, value => Assert.InRange(value, 0, 50_000));
        }
    }
}
