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
    public void Cost_AfterAPeak_FadesWithTime()
    {
        var average = default(PeakEwma);
        average.Observe(1_000, 0);
        average.Observe(100_000, 1_000_000);
        Assert.InRange(average.Cost(1_000_000), 99_999, 100_001);
        Assert.InRange(average.Cost(11_000_000), 30_000, 40_000);
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
