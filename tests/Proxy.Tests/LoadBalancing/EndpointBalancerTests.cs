using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class EndpointBalancerTests
{
    [Fact]
    public void Pick_OfNothingReady_IsNothing()
    {
        var balancer = Balancer(Endpoint(1, ready: false));
        Assert.Null(balancer.Pick(0, 0, null));
        Assert.False(balancer.HasReady);
    }

    [Fact]
    public void Pick_AmongEquals_UsesThemAll()
    {
        var balancer = Balancer([.. Enumerable.Range(1, 5).Select(i => Endpoint(i))]);
        var counts = new Dictionary<EndpointState, int>();
        for (var i = 0; i < 1000; i++)
        {
            var picked = balancer.Pick(i, i * 1000L, null)!;
            counts[picked] = counts.GetValueOrDefault(picked) + 1;
            picked.Succeeded(1000, i * 1000L);
        }
        Assert.Equal(5, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 50, 500));
    }

    [Fact]
    public void Pick_WithASlowEndpoint_AvoidsIt()
    {
        var balancer = Balancer(Endpoint(1), Endpoint(2), Endpoint(3));
        var slow = balancer.Endpoints[0];
        var picks = 0;
        for (var i = 0; i < 1000; i++)
        {
            var picked = balancer.Pick(i, i * 1000L, null)!;
            picked.Succeeded(picked == slow ? 500_000 : 1000, i * 1000L);
            picks += picked == slow ? 1 : 0;
        }
        Assert.InRange(picks, 1, 20);
    }

    [Fact]
    public void Pick_WithRequestsInFlight_PrefersTheLessBusy()
    {
        var balancer = Balancer(Endpoint(1), Endpoint(2));
        foreach (var endpoint in balancer.Endpoints)
        {
            endpoint.Succeeded(1000, 0);
        }
        balancer.Endpoints[0].InFlight = 3;
        Assert.Same(balancer.Endpoints[1], balancer.Pick(0, 0, null));
    }

    [Fact]
    public void Pick_WithSuspects_TakesThemOnlyWhenNothingElseWorks()
    {
        var set = new EndpointSet { Cluster = "east", Ports = { new EndpointPort { Name = "http", ServicePort = 80, TargetPort = 80 } }, Suspect = true };
        set.Endpoints.Add(Endpoint(9));
        var suspect = new EndpointSetModel(set).Port("http", 80).Endpoints[0];
        var good = List(Endpoint(1)).Endpoints[0];
        var balancer = new EndpointBalancer(1);
        balancer.Apply(new EndpointListModel([suspect, good], TrafficProtocol.Detect));
        Assert.Same(good, balancer.Pick(0, 0, null)!.Model);
        balancer.Endpoints[1].Failed(0);
        Assert.Same(suspect, balancer.Pick(1, 1000, null)!.Model);
    }

    [Fact]
    public void Pick_WithAllFailing_TriesOneASecond()
    {
        var balancer = Balancer(Endpoint(1));
        balancer.Endpoints[0].Failed(0);
        Assert.Null(balancer.Pick(10, 10_000, null));
        for (var failures = 0; failures < 10; failures++)
        {
            var now = 2_000L * (failures + 1);
            Assert.NotNull(balancer.Pick(now, now * 1000, null));
            balancer.Endpoints[0].Failed(now);
            Assert.Null(balancer.Pick(now + 999, (now + 999) * 1000, null));
        }
        balancer.Endpoints[0].Succeeded(1000, 30_000_000);
        Assert.NotNull(balancer.Pick(30_000, 30_000_000, null));
        Assert.NotNull(balancer.Pick(30_000, 30_000_000, null));
    }

    [Fact]
    public void Apply_OfANewList_KeepsWhatIsKnownAndMarksWhatLeft()
    {
        var balancer = Balancer(Endpoint(1), Endpoint(2));
        var (stays, leaves) = (balancer.Endpoints[0], balancer.Endpoints[1]);
        Assert.True(balancer.Apply(List(Endpoint(1), Endpoint(3))));
        Assert.Contains(stays, balancer.Endpoints);
        Assert.True(leaves.IsRemoved);
        Assert.False(stays.IsRemoved);
    }

    [Fact]
    public void Pick_WithNearOnes_LeavesThemOnlyWhenNoneIsUsable()
    {
        var balancer = new EndpointBalancer(42);
        var near = new EndpointPreference(new Locality("east", "n", "a"), TrafficDistribution.PreferSameZone);
        balancer.Apply(List(Zoned(1, "a"), Zoned(2, "a"), Zoned(3, "b")), near, null);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("a", balancer.Pick(i, i * 1000L, null)!.Model.Zone);
        }
        balancer.Endpoints[0].Failed(100);
        balancer.Endpoints[1].Failed(100);
        Assert.Equal("b", balancer.Pick(101, 101_000, null)!.Model.Zone);
        Assert.Equal("a", balancer.Pick(601, 601_000, null)!.Model.Zone);
    }

    [Fact]
    public void Apply_OfAnotherPreference_AppliesItToTheSameList()
    {
        var list = List(Zoned(1, "a"), Zoned(2, "b"));
        var balancer = new EndpointBalancer(42);
        Assert.True(balancer.Apply(list));
        var preference = new EndpointPreference(new Locality("east", "n", "b"), TrafficDistribution.PreferSameZone);
        Assert.True(balancer.Apply(list, preference, null));
        Assert.False(balancer.Apply(list, preference, null));
        Assert.Equal("b", balancer.Pick(0, 0, null)!.Model.Zone);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void Pick_WithWeights_SettlesInTheirProportion(int concurrency)
    {
        var balancer = Balancer(Weighted(1, 100), Weighted(2, 50), Weighted(3, 10));
        var random = new Random(5);
        var counts = new double[3];
        var running = new PriorityQueue<(EndpointState Endpoint, long Started), long>();
        const int Requests = 20_000;
        var now = 0L;
        for (var i = 0; i < Requests; i++)
        {
            if (running.Count == concurrency)
            {
                running.TryDequeue(out var ended, out now);
                ended.Endpoint.InFlight--;
                ended.Endpoint.Succeeded(now - ended.Started, now);
            }
            var picked = balancer.Pick(now / 1000, now, null)!;
            picked.InFlight++;
            counts[balancer.Endpoints.ToList().IndexOf(picked)]++;
            running.Enqueue((picked, now), now + random.Next(4_000, 6_000));
        }
        Assert.InRange(counts[0] / Requests, 0.85 * 100 / 160, 1.15 * 100 / 160);
        Assert.InRange(counts[1] / Requests, 0.85 * 50 / 160, 1.15 * 50 / 160);
        Assert.InRange(counts[2] / Requests, 0.75 * 10 / 160, 1.25 * 10 / 160);
    }

    [Fact]
    public void Pick_WithWeights_StillAvoidsASlowOne()
    {
        var balancer = Balancer(Weighted(1, 200), Weighted(2, 100), Weighted(3, 100));
        var slow = balancer.Endpoints[0];
        var picks = 0;
        for (var i = 0; i < 1000; i++)
        {
            var picked = balancer.Pick(i, i * 1000L, null)!;
            picked.Succeeded(picked == slow ? 500_000 : 1000, i * 1000L);
            picks += picked == slow ? 1 : 0;
        }
        Assert.InRange(picks, 1, 20);
    }

    [Fact]
    public void Pick_WithVeryUnequalWeightsAndOneUsable_FindsIt()
    {
        var balancer = Balancer(Weighted(1, 1_000_000), Weighted(2, 1), Weighted(3, 1));
        balancer.Endpoints[0].Failed(0);
        balancer.Endpoints[1].Failed(0);
        Assert.Same(balancer.Endpoints[2], balancer.Pick(0, 0, null));
        Assert.Null(balancer.Pick(0, 0, balancer.Endpoints[2]));
    }

    [Fact]
    public void Pick_WithACircuitBreaker_LeavesOutWhatFailsInARow()
    {
        var balancer = Breaking(Endpoint(1), Endpoint(2));
        var bad = balancer.Endpoints[0];
        while (!bad.IsOut)
        {
            var picked = balancer.Pick(0, 0, null)!;
            balancer.Report(picked, picked.Era, failed: picked == bad, 0);
        }
        for (var now = 0L; now < 1_000; now++)
        {
            Assert.NotSame(bad, balancer.Pick(now, now * 1000, null));
        }
        Assert.Equal(1, balancer.CountOut(out var back));
        Assert.Equal(1_000, back);
        Assert.Same(bad, balancer.Pick(1_000, 1_000_000, balancer.Endpoints[1]));
        Assert.Null(balancer.Pick(1_000, 1_000_000, balancer.Endpoints[1]));
        balancer.Report(bad, bad.Era, failed: false, 1_001);
        Assert.Equal(0, balancer.CountOut(out _));
    }

    [Fact]
    public void Pick_WithAllOut_IsNothingUntilAPenaltyEnds()
    {
        var balancer = Breaking(Endpoint(1), Endpoint(2), Endpoint(3));
        while (balancer.Pick(0, 0, null) is { } picked)
        {
            balancer.Report(picked, picked.Era, failed: true, 0);
        }
        Assert.Equal(3, balancer.CountOut(out _));
        Assert.Null(balancer.Pick(999, 999_000, null));
        Assert.NotNull(balancer.Pick(1_000, 1_000_000, null));
    }

    [Fact]
    public void Pick_OfAnEndpointThatIsOutAndCannotBeConnectedTo_WaitsForBoth()
    {
        var balancer = Breaking(Endpoint(1));
        var endpoint = balancer.Endpoints[0];
        for (var now = 0L; !endpoint.IsOut; now += 1_000)
        {
            Assert.Same(endpoint, balancer.Pick(now, now * 1000, null));
            endpoint.Failed(now);
            balancer.Report(endpoint, endpoint.Era, failed: true, now);
        }
        Assert.Equal(3_000, endpoint.OutUntil);
        Assert.Null(balancer.Pick(2_999, 2_999_000, null));
        Assert.Same(endpoint, balancer.Pick(3_000, 3_000_000, null));
    }

    [Fact]
    public void Apply_WithoutACircuitBreakerAnyMore_BringsEveryoneBack()
    {
        var balancer = Breaking(Endpoint(1));
        while (balancer.Pick(0, 0, null) is { } picked)
        {
            balancer.Report(picked, picked.Era, failed: true, 0);
        }
        balancer.Apply(List(Endpoint(1)));
        Assert.NotNull(balancer.Pick(0, 0, null));
    }

    [Fact]
    public void Cost_AfterAPeak_FadesWithTime()
    {
        var average = default(PeakEwma);
        average.Observe(1_000, 0);
        average.Observe(100_000, 1_000_000);
        Assert.InRange(average.Cost(1_000_000), 99_999, 100_001);
        Assert.InRange(average.Cost(11_000_000), 30_000, 40_000);
    }

    private static EndpointBalancer Breaking(params Endpoint[] endpoints)
    {
        var balancer = new EndpointBalancer(42);
        balancer.Apply(List(endpoints), EndpointPreference.None, new CircuitBreakerPolicy(3, 1_000, 8_000, 0));
        return balancer;
    }

    private static Endpoint Weighted(int host, uint weight)
    {
        var endpoint = Endpoint(host);
        endpoint.Weight = weight;
        return endpoint;
    }

    private static Endpoint Zoned(int host, string zone)
    {
        var endpoint = Endpoint(host);
        endpoint.Zone = zone;
        return endpoint;
    }

    private static EndpointBalancer Balancer(params Endpoint[] endpoints)
    {
        var balancer = new EndpointBalancer(42);
        balancer.Apply(List(endpoints));
        return balancer;
    }

    private static EndpointListModel List(params Endpoint[] endpoints)
    {
        var set = new EndpointSet { Cluster = "east", Ports = { new EndpointPort { Name = "http", ServicePort = 80, TargetPort = 80 } } };
        set.Endpoints.AddRange(endpoints);
        return new EndpointSetModel(set).Port("http", 80);
    }

    private static Endpoint Endpoint(int host, bool ready = true) => new() { Ip = $"10.0.0.{host}", Ready = ready };
}
