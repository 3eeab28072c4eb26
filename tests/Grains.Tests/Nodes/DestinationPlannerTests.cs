using Mesh.Grains.Nodes;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Nodes;

public sealed class DestinationPlannerTests
{
    private readonly FakeClusterView _west = new();

    public DestinationPlannerTests()
    {
        _west.Put(Samples.Namespace());
        _west.Put(Samples.Link());
        _west.Put(Mirror());
        _west.Put(Samples.Service("local") with
        {
            ClusterIps = ["10.120.0.8"],
            Ports = [new ServicePortSpec("db", 3306, "TCP", "3306"), new ServicePortSpec("h2", 90, "TCP", "90", "kubernetes.io/h2c")],
        });
    }

    [Fact]
    public void Plan_MirrorAddress_IsTheRemoteServicesEndpoints()
    {
        var planned = Plan("10.120.0.7", 8080);
        Assert.Equal("east/mc-demo/bb", planned.EndpointSet.ToString());
        var destination = planned.Destination;
        Assert.Equal(Destination.Types.Kind.Service, destination.Kind);
        Assert.Equal(("mc-demo", "bb-target"), (destination.Namespace, destination.Service));
        Assert.Equal(("endpoints/east/mc-demo/bb", "http", 8080u), (destination.EndpointSet, destination.EndpointPortName, destination.EndpointPort));
    }

    [Fact]
    public void Plan_MirrorWithoutLink_StillMeansTheTarget()
    {
        _west.Remove<ObservedLink>("mesh-multicluster", "target", Grains.Ports.ClusterTopic.Links);
        Assert.Equal("target/mc-demo/bb", Plan("10.120.0.7", 8080).EndpointSet.ToString());
    }

    [Fact]
    public void Plan_LocalService_IsItsOwnEndpoints()
    {
        Assert.Equal("west/mc-demo/local", Plan("10.120.0.8", 90).EndpointSet.ToString());
        Assert.Equal(Protocol.Http2, Plan("10.120.0.8", 90).Destination.Protocol);
    }

    [Fact]
    public void Plan_OpaquePort_ByDefaultListOrAnnotation()
    {
        Assert.Equal(Protocol.Opaque, Plan("10.120.0.8", 3306).Destination.Protocol);
        _west.Put(Mirror() with { Annotations = Samples.Map(("config.linkerd.io/opaque-ports", "http")) });
        Assert.Equal(Protocol.Opaque, Plan("10.120.0.7", 8080).Destination.Protocol);
    }

    [Fact]
    public void Plan_MirrorsAnnotations_AreTheDestinationsSettings()
    {
        _west.Put(Mirror() with
        {
            Annotations = Samples.Map(
                ("timeout.linkerd.io/request", "2s"), ("retry.linkerd.io/http", "5xx"), ("balancer.linkerd.io/failure-accrual", "consecutive")),
        });
        var destination = Plan("10.120.0.7", 8080).Destination;
        Assert.Equal((2000u, 500u, 7u), (destination.Settings.RequestTimeoutMs, destination.Settings.Retry.Http[0].First, destination.FailureAccrual.MaxFailures));
        Assert.Null(Plan("10.120.0.8", 90).Destination.Settings);
    }

    [Theory]
    [InlineData("", TrafficDistribution.Anywhere)]
    [InlineData("PreferClose", TrafficDistribution.PreferSameZone)]
    [InlineData("PreferSameZone", TrafficDistribution.PreferSameZone)]
    [InlineData("PreferSameNode", TrafficDistribution.PreferSameNode)]
    [InlineData("Elsewhere", TrafficDistribution.Anywhere)]
    public void Plan_TrafficDistribution_OfTheServiceOrAsItsMirrorSays(string text, TrafficDistribution distribution)
    {
        _west.Put(Samples.Service("local") with { ClusterIps = ["10.120.0.8"], TrafficDistribution = text });
        Assert.Equal(distribution, Plan("10.120.0.8", 8080).Destination.TrafficDistribution);
        _west.Put(Mirror() with { Annotations = Samples.Map(("multicluster.mesh-orleans.io/traffic-distribution", text)) });
        Assert.Equal(distribution, Plan("10.120.0.7", 8080).Destination.TrafficDistribution);
    }

    [Fact]
    public void Plan_DualStackService_IsADestinationByEachAddressWithEndpointsOfItsFamily()
    {
        _west.Put(Mirror() with { ClusterIps = ["10.120.0.7", "fd00:1::7"] });
        var (v4, v6) = (Plan("10.120.0.7", 8080), Plan("fd00:1::7", 8080));
        Assert.Equal(v4.EndpointSet, v6.EndpointSet);
        Assert.Equal(("endpoints/east/mc-demo/bb", "endpoints/east/mc-demo/bb/ipv6"), (v4.Destination.EndpointSet, v6.Destination.EndpointSet));
        Assert.Equal(System.Net.Sockets.AddressFamily.InterNetworkV6, v6.Family);
    }

    [Theory]
    [InlineData("10.120.0.7", 8081u)]
    [InlineData("192.0.2.1", 80u)]
    [InlineData("garbage", 80u)]
    public void Plan_NothingKnown_IsUnknown(string ip, uint port)
    {
        var planned = Plan(ip, port);
        Assert.Equal((Destination.Types.Kind.Unknown, null), (planned.Destination.Kind, planned.EndpointSet));
        Assert.Equal(ip, planned.Destination.Address.Ip);
    }

    [Fact]
    public void Plan_PodAddress_IsThatPod()
    {
        _west.Put(Samples.Pod());
        var destination = Plan("10.10.1.5", 1234).Destination;
        Assert.Equal(Destination.Types.Kind.Pod, destination.Kind);
        Assert.Equal(("10.10.1.5", 1234u, "bb-1", "west"), (destination.Endpoint.Ip, destination.Endpoint.Port, destination.Endpoint.Pod, destination.Endpoint.Cluster));
        Assert.Equal("default.mc-demo.serviceaccount.identity.linkerd.cluster.local", destination.Endpoint.Identity);
    }

    [Fact]
    public void Plan_HostNetworkOrFinishedPod_IsUnknown()
    {
        _west.Put(Samples.Pod() with { HostNetwork = true });
        Assert.Equal(Destination.Types.Kind.Unknown, Plan("10.10.1.5", 1234).Destination.Kind);
        _west.Put(Samples.Pod() with { Phase = "Succeeded" });
        Assert.Equal(Destination.Types.Kind.Unknown, Plan("10.10.1.5", 1234).Destination.Kind);
    }

    private PlannedDestination Plan(string ip, uint port) => DestinationPlanner.Plan(new SocketAddress { Ip = ip, Port = port }, _west);

    private static ObservedService Mirror() => Samples.Service(
        "bb-target", ("mirror.linkerd.io/mirrored-service", "true"), ("mirror.linkerd.io/cluster-name", "target"),
        ("multicluster.linkerd.io/remote-discovery", "target"), ("multicluster.linkerd.io/remote-service", "bb")) with
    { ClusterIps = ["10.120.0.7"] };
}
