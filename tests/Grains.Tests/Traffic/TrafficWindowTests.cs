using Mesh.Grains.Traffic;
using Mesh.Interfaces.NodeSession;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Traffic;

public sealed class TrafficWindowTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TrafficWindow _window;

    public TrafficWindowTests() => _window = new TrafficWindow(_time);

    [Fact]
    public void Query_TenPerSecond_IsTenPerSecond()
    {
        Run(90, () => _window.Record("east-1", Report(success: 9, failure: 1)));
        var sum = Assert.Single(_window.Query(TimeSpan.FromSeconds(60), out var seconds));
        Assert.Equal(60, seconds);
        Assert.Equal((540UL, 60UL), (sum.Success, sum.Failure));
        Assert.Equal([0UL, 0UL, 0UL, 600UL], sum.LatencyCounts);
    }

    [Fact]
    public void Query_ListenedForLess_SaysSo()
    {
        Run(20, () => _window.Record("east-1", Report(success: 10)));
        Assert.Equal(200UL, Assert.Single(_window.Query(TimeSpan.FromSeconds(60), out var seconds)).Success);
        Assert.Equal(20, seconds);
    }

    [Fact]
    public void Query_JustBegun_NeverDividesByZero()
    {
        _window.Query(TimeSpan.Zero, out var seconds);
        Assert.Equal(1, seconds);
    }

    [Theory]
    [InlineData(1, 15)]
    [InlineData(60, 60)]
    [InlineData(86400, 600)]
    public void Query_Window_IsCutToItsLimits(int asked, int expected)
    {
        _time.Advance(TimeSpan.FromHours(1));
        _window.Query(TimeSpan.FromSeconds(asked), out var seconds);
        Assert.Equal(expected, seconds);
    }

    [Fact]
    public void Query_OldTraffic_IsForgotten()
    {
        _window.Record("east-1", Report(success: 10));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Empty(_window.Query(TimeSpan.FromSeconds(60), out _));
        Assert.Single(_window.Query(TimeSpan.FromSeconds(120), out _));
        _time.Advance(TimeSpan.FromMinutes(10));
        _window.Prune();
        Assert.Equal(0, _window.SeriesCount);
    }

    [Fact]
    public void Query_OpenConnections_AreSummedOverNodesWhileReported()
    {
        _window.Record("east-1", Report(open: 2));
        _window.Record("east-2", Report(open: 3));
        Assert.Equal(5UL, Assert.Single(_window.Query(TimeSpan.FromSeconds(60), out _)).ConnectionsOpen);
        _window.Record("east-1", Report(open: 1));
        Assert.Equal(4UL, Assert.Single(_window.Query(TimeSpan.FromSeconds(60), out _)).ConnectionsOpen);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(_window.Query(TimeSpan.FromSeconds(60), out _));
    }

    [Fact]
    public void Query_DifferentLabels_StayApart()
    {
        _window.Record("east-1", Report(success: 1));
        _window.Record("east-1", Report(success: 1, peer: "other"));
        Assert.Equal(2, _window.Query(TimeSpan.FromSeconds(60), out _).Count);
    }

    [Fact]
    public void Record_FloodOfLabels_IsBounded()
    {
        for (var i = 0; i < TrafficWindow.MaxSeries * 2; i++)
        {
            _window.Record("east-1", Report(success: 1, peer: $"peer-{i}"));
        }
        Assert.InRange(_window.SeriesCount, 1, TrafficWindow.MaxSeries);
    }

    [Fact]
    public void Record_MoreLatencyCountsThanBuckets_AreIgnored()
    {
        var series = new TrafficSeries { Namespace = "mc-demo", Success = 1 };
        series.LatencyCounts.Add(Enumerable.Repeat(1UL, 1000));
        _window.Record("east-1", new TrafficReport { Series = { series } });
        Assert.Equal(Interfaces.Traffic.LatencyBuckets.Count, _window.Query(TimeSpan.FromSeconds(60), out _)[0].LatencyCounts.Count);
    }

    private void Run(int seconds, Action each)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            each();
        }
    }

    private static TrafficReport Report(ulong success = 0, ulong failure = 0, ulong open = 0, string peer = "slow-cooker")
    {
        var series = new TrafficSeries
        {
            Namespace = "mc-demo",
            Pod = "bb-1",
            OwnerKind = "deployment",
            OwnerName = "bb",
            PeerIdentity = peer,
            Success = success,
            Failure = failure,
            ConnectionsOpen = open,
        };
        if (success + failure > 0)
        {
            series.LatencyCounts.Add([0, 0, 0, success + failure]);
        }
        return new TrafficReport { Series = { series } };
    }
}
