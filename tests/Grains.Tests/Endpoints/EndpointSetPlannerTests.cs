using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Tests.Endpoints;

public sealed class EndpointSetPlannerTests
{
    private static readonly ServiceKey Bb = ServiceKey.Parse("east/mc-demo/bb");

    private readonly FakeClusterView _east = new("east");

    public EndpointSetPlannerTests()
    {
        _east.Put(Samples.Namespace());
        _east.Put(new ObservedNode("east-1", "zone-a", ["10.99.0.11"]));
        _east.Put(Samples.Service());
        _east.Put(Samples.Pod());
        _east.Put(Samples.Slice(Samples.Endpoint()));
    }

    [Fact]
    public void Plan_GuideService_IsOneMeshedEndpoint()
    {
        var set = Plan();
        Assert.True(set.Exists);
        Assert.Equal([new EndpointPortSpec("http", 8080, 8080)], set.Ports);
        var endpoint = Assert.Single(set.Endpoints);
        Assert.Equal(("10.10.1.5", "bb-1", "east-1", "zone-a", true), (endpoint.Ip, endpoint.Pod, endpoint.Node, endpoint.Zone, endpoint.Ready));
        Assert.Equal("default.mc-demo.serviceaccount.identity.linkerd.cluster.local", endpoint.Identity);
        Assert.Equal(("deployment", "bb"), (endpoint.OwnerKind, endpoint.OwnerName));
        Assert.Empty(endpoint.OwnTargetPorts);
    }

    [Fact]
    public void Plan_NoService_DoesNotExist()
    {
        var set = EndpointSetPlanner.Plan(ServiceKey.Parse("east/mc-demo/none"), _east);
        Assert.False(set.Exists);
        Assert.Empty(set.Endpoints);
        Assert.NotEqual(0UL, set.Version);
    }

    [Theory]
    [InlineData("disabled", false, "enabled", "")]
    [InlineData("enabled", false, null, "default")]
    [InlineData("ingress", false, null, "default")]
    [InlineData(null, false, "enabled", "default")]
    [InlineData(null, false, null, "")]
    [InlineData("Enabled", false, null, "")]
    [InlineData("enabled", true, null, "")]
    public void Plan_Identity_OnlyOfMeshedPods(string? onPod, bool hostNetwork, string? onNamespace, string account)
    {
        _east.Put(Samples.Namespace(annotations: onNamespace is null ? [] : [("linkerd.io/inject", onNamespace)]));
        _east.Put(Samples.Pod() with { HostNetwork = hostNetwork, Annotations = onPod is null ? Samples.Map() : Samples.Map(("linkerd.io/inject", onPod)) });
        var identity = Assert.Single(Plan().Endpoints).Identity;
        Assert.Equal(account, identity.Split('.')[0]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Plan_NotReadyOrTerminating_IsKeptButNotReady(bool ready, bool terminating)
    {
        _east.Put(Samples.Slice(Samples.Endpoint(ready: ready, terminating: terminating)));
        Assert.False(Assert.Single(Plan().Endpoints).Ready);
    }

    [Fact]
    public void Plan_PodNotKnownOrAnotherByNow_IsLeftOutRatherThanSpokenToInPlaintext()
    {
        _east.Put(Samples.Slice(Samples.Endpoint("bb-2", "10.10.1.6")));
        Assert.Empty(Plan().Endpoints);
        _east.Put(Samples.Pod("bb-2", "10.10.1.99"));
        Assert.Empty(Plan().Endpoints);
        _east.Put(Samples.Pod("bb-2", "10.10.1.6") with { Phase = "Failed" });
        Assert.Empty(Plan().Endpoints);
        _east.Put(Samples.Pod("bb-2", "10.10.1.6"));
        Assert.Single(Plan().Endpoints);
    }

    [Fact]
    public void Plan_AddressWithoutPod_IsPlaintext()
    {
        _east.Put(Samples.Slice(Samples.Endpoint(null, "192.0.2.1")));
        var endpoint = Assert.Single(Plan().Endpoints);
        Assert.Equal(("192.0.2.1", "", ""), (endpoint.Ip, endpoint.Pod, endpoint.Identity));
    }

    [Fact]
    public void Plan_NamedPortThatDiffersByPod_IsOnTheEndpoint()
    {
        _east.Put(Samples.Pod("bb-2", "10.10.1.6"));
        _east.Put(Samples.Pod("bb-3", "10.10.1.7"));
        _east.Put(Samples.Slice(Samples.Endpoint(), Samples.Endpoint("bb-2", "10.10.1.6")));
        _east.Put(Samples.Slice(Samples.Endpoint("bb-3", "10.10.1.7")) with { Name = "bb-def", Ports = [new ObservedSlicePort("http", 9090, "TCP")] });
        _east.Put(Samples.Service() with { Ports = [new ServicePortSpec("http", 80, "TCP", "http")] });
        var set = Plan();
        Assert.Equal([new EndpointPortSpec("http", 80, 8080)], set.Ports);
        Assert.Equal([0, 0, 1], set.Endpoints.Select(endpoint => endpoint.OwnTargetPorts.Length));
        Assert.Equal(new EndpointTargetPort(80, 9090), set.Endpoints[2].OwnTargetPorts[0]);
    }

    [Fact]
    public void Plan_EndpointInTwoSlices_IsOne()
    {
        _east.Put(Samples.Slice(Samples.Endpoint(ready: false)) with { Name = "bb-old" });
        Assert.True(Assert.Single(Plan().Endpoints).Ready);
    }

    [Fact]
    public void Plan_DualStack_HasBothAddresses()
    {
        _east.Put(Samples.Pod() with { Ips = ["10.10.1.5", "fd00::5"] });
        _east.Put(Samples.Slice(Samples.Endpoint(ip: "fd00::5")) with { Name = "bb-v6", AddressType = "IPv6" });
        Assert.Equal(["10.10.1.5", "fd00::5"], Plan().Endpoints.Select(endpoint => endpoint.Ip));
    }

    [Fact]
    public void Plan_OpaquePortOfTheNamespace_IsToldToOtherClusters()
    {
        _east.Put(Samples.Namespace(annotations: ("config.linkerd.io/opaque-ports", "8080")));
        Assert.Equal([new EndpointPortSpec("http", 8080, 8080, "linkerd.io/opaque")], Plan().Ports);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("10000", 10_000)]
    [InlineData(" 50 ", 50)]
    [InlineData("0", 0)]
    [InlineData("10001", 0)]
    [InlineData("-5", 0)]
    [InlineData("half", 0)]
    public void Plan_Weight_OfThePodsAnnotation(string text, int weight)
    {
        _east.Put(Samples.Pod(annotations: ("balancer.mesh-orleans.io/weight", text)));
        Assert.Equal(weight, Assert.Single(Plan().Endpoints).Weight);
    }

    [Fact]
    public void Plan_Annotations_GiveSkippedAndOpaquePorts()
    {
        _east.Put(Samples.Pod(annotations: [("config.linkerd.io/skip-inbound-ports", "9000,9100-9200,bad,0,70000,5-1"), ("config.linkerd.io/opaque-ports", "http")]));
        _east.Put(Samples.Server("db", "7000") with { ProxyProtocol = "opaque" });
        var endpoint = Assert.Single(Plan().Endpoints);
        Assert.Equal([new PortRange(9000, 9000), new PortRange(9100, 9200)], endpoint.SkipInboundPorts);
        Assert.Equal([new PortRange(7000, 7000), new PortRange(8080, 8080)], endpoint.OpaquePorts);
    }

    [Fact]
    public void Version_AnyDifference_Differs()
    {
        var versions = new List<ulong> { Plan().Version };
        Assert.Equal(versions[0], Plan().Version);
        _east.Put(Samples.Slice(Samples.Endpoint(ready: false)));
        versions.Add(Plan().Version);
        _east.Put(Samples.Pod(annotations: ("config.linkerd.io/skip-inbound-ports", "9000")));
        versions.Add(Plan().Version);
        _east.Put(Samples.Service() with { Ports = [new ServicePortSpec("http", 81, "TCP", "8080")] });
        versions.Add(Plan().Version);
        _east.Put(Samples.Slice(Samples.Endpoint(ready: false) with { ForZones = ["zone-a"] }));
        versions.Add(Plan().Version);
        _east.Put(Samples.Slice(Samples.Endpoint(ready: false) with { ForNodes = ["zone-a"] }));
        versions.Add(Plan().Version);
        _east.Put(Samples.Pod(annotations: [("config.linkerd.io/skip-inbound-ports", "9000"), ("balancer.mesh-orleans.io/weight", "7")]));
        versions.Add(Plan().Version);
        Assert.Distinct(versions);
    }

    private EndpointSetSnapshot Plan() => EndpointSetPlanner.Plan(Bb, _east);
}
