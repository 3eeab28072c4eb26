using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class EndpointPreferenceTests
{
    private static readonly Locality Client = new("west", "west-1", "a");

    [Fact]
    public void Mark_WithZoneHintsOnAllReady_TakesThoseForTheZone()
    {
        var endpoints = new[] { Endpoint(1, zones: "a"), Endpoint(2, zones: "b"), Endpoint(3, zones: "a"), Endpoint(4, ready: false) };
        Assert.Equal("1 3", Near(endpoints));
    }

    [Fact]
    public void Mark_WithAHintMissing_TakesNone() =>
        Assert.Equal("", Near([Endpoint(1, zones: "a"), Endpoint(2)]));

    [Fact]
    public void Mark_WithHintsForOtherZonesOnly_TakesNone() =>
        Assert.Equal("", Near([Endpoint(1, zones: "b"), Endpoint(2, zones: "c")]));

    [Fact]
    public void Mark_WithNodeHints_PrefersThemToZoneHints()
    {
        var endpoints = new[] { Endpoint(1, zones: "a", nodes: "west-1"), Endpoint(2, zones: "a", nodes: "west-2") };
        Assert.Equal("1", Near(endpoints));
        Assert.Equal("1 2", Near([.. endpoints.Skip(1), Endpoint(1, zones: "a", nodes: "west-3")], order: true));
    }

    [Fact]
    public void Mark_WithNodesOfTheSameNameElsewhere_DoesNotMistakeThem()
    {
        Assert.Equal("", Near([Endpoint(1, nodes: "west-1", cluster: "east")]));
        Assert.Equal("", Near([Endpoint(1, node: "west-1", cluster: "east")], TrafficDistribution.PreferSameNode));
    }

    [Fact]
    public void Mark_WithoutHints_DoesWhatTheServiceAsksFor()
    {
        Endpoint[] endpoints =
            [Endpoint(1, node: "west-1", zone: "a"), Endpoint(2, node: "west-2", zone: "a"), Endpoint(3, node: "west-3", zone: "b")];
        Assert.Equal("", Near(endpoints));
        Assert.Equal("1 2", Near(endpoints, TrafficDistribution.PreferSameZone));
        Assert.Equal("1", Near(endpoints, TrafficDistribution.PreferSameNode));
        Assert.Equal("2", Near([.. endpoints.Skip(1)], TrafficDistribution.PreferSameNode));
    }

    [Fact]
    public void Mark_OfAClientWhoseZoneIsNotKnown_TakesNone()
    {
        var endpoints = new[] { Endpoint(1), Endpoint(2, zone: "b") };
        Assert.Equal("", Near(endpoints, TrafficDistribution.PreferSameZone, new Locality("west", "west-1", "")));
    }

    private static string Near(
        Endpoint[] endpoints,
        TrafficDistribution distribution = TrafficDistribution.Anywhere,
        Locality? client = null,
        bool order = false)
    {
        var set = new EndpointSet { Cluster = "west", Ports = { new EndpointPort { Name = "http", ServicePort = 80, TargetPort = 80 } } };
        set.Endpoints.AddRange(endpoints);
        var balancer = new EndpointBalancer(7);
        balancer.Apply(new EndpointSetModel(set).Port("http", 80), new EndpointPreference(client ?? Client, distribution), null);
        var near = balancer.Endpoints.Where(endpoint => endpoint.IsNear).Select(endpoint => endpoint.Model.Pod);
        return string.Join(' ', order ? near.Order() : near);
    }

    private static Endpoint Endpoint(
        int host, string zones = "", string nodes = "", string node = "", string zone = "", string cluster = "west", bool ready = true) => new()
        {
            Ip = $"10.0.0.{host}",
            Pod = $"{host}",
            Ready = ready,
            Cluster = cluster,
            Node = node,
            Zone = zone,
            ForZones = { zones.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
            ForNodes = { nodes.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
        };
}
