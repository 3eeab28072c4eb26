using Mesh.Grains.Nodes;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Tests.Nodes;

public sealed class PodPlannerTests
{
    private readonly FakeClusterView _view = new();

    public PodPlannerTests() => _view.Put(Samples.Namespace());

    [Fact]
    public void Plan_Zone_IsItsNodes()
    {
        Assert.Equal("", Plan().Zone);
        _view.Put(new ObservedNode("east-1", "zone-a", []));
        Assert.Equal("zone-a", Plan().Zone);
    }

    [Fact]
    public void Plan_DualStack_HasBothAddresses() =>
        Assert.Equal(["10.10.1.5", "fd00::5"], PodPlanner.Plan(Samples.Pod() with { Ips = ["10.10.1.5", "fd00::5"] }, _view)!.Ips);

    [Theory]
    [InlineData("apache", null, AccessLog.Apache)]
    [InlineData("json", "apache", AccessLog.Json)]
    [InlineData(null, "json", AccessLog.Json)]
    [InlineData("off", "json", AccessLog.Off)]
    [InlineData("xml", null, AccessLog.Off)]
    [InlineData(null, null, AccessLog.Off)]
    public void Plan_AccessLog_OfThePodElseOfItsNamespace(string? own, string? inherited, AccessLog log)
    {
        _view.Put(Samples.Namespace(annotations: inherited is null ? [] : [("config.linkerd.io/access-log", inherited)]));
        Assert.Equal(log, Plan(own is null ? [] : [("config.linkerd.io/access-log", own)]).AccessLog);
    }

    [Fact]
    public void Plan_SkippedAndOpaquePorts_AreListsAndRanges()
    {
        var pod = Plan(
            ("config.linkerd.io/skip-inbound-ports", "9000, 9100-9200"), ("config.linkerd.io/skip-outbound-ports", "25,3000-3010"),
            ("config.linkerd.io/skip-subnets", "10.0.0.0/8, fd00::/8, nonsense"), ("config.linkerd.io/opaque-ports", "http,7000-7001"));
        Assert.Equal(["9000-9000", "9100-9200"], pod.SkipInboundPorts.Select(Text));
        Assert.Equal(["25-25", "3000-3010"], pod.SkipOutboundPorts.Select(Text));
        Assert.Equal(["7000-7001", "8080-8080"], pod.OpaquePorts.Select(Text));
        Assert.Equal(["10.0.0.0/8", "fd00::/8"], pod.SkipSubnets);
    }

    [Fact]
    public void Plan_PortsOfTheNamespace_UnlessThePodSaysOtherwise()
    {
        _view.Put(Samples.Namespace(annotations:
        [
            ("config.linkerd.io/skip-inbound-ports", "1"), ("config.linkerd.io/skip-outbound-ports", "2"),
            ("config.linkerd.io/skip-subnets", "192.0.2.0/24"), ("config.linkerd.io/opaque-ports", "3"),
        ]));
        var pod = Plan(("config.linkerd.io/skip-outbound-ports", ""));
        Assert.Equal(["1-1"], pod.SkipInboundPorts.Select(Text));
        Assert.Empty(pod.SkipOutboundPorts);
        Assert.Equal(["192.0.2.0/24"], pod.SkipSubnets);
        Assert.Equal(["3-3"], pod.OpaquePorts.Select(Text));
    }

    [Fact]
    public void Plan_NothingSaid_HasLinkerdsOpaquePorts() =>
        Assert.Equal([25u, 587u, 3306u, 4444u, 5432u, 6379u, 9300u, 11211u], Plan().OpaquePorts.Select(range => range.First));

    [Theory]
    [InlineData("unknown", Protocol.Detect)]
    [InlineData("HTTP/1", Protocol.Http1)]
    [InlineData("HTTP/2", Protocol.Http2)]
    [InlineData("gRPC", Protocol.Grpc)]
    [InlineData("opaque", Protocol.Opaque)]
    [InlineData("TLS", Protocol.Tls)]
    public void Plan_ServersProxyProtocol_IsThePortsProtocol(string text, Protocol protocol)
    {
        _view.Put(Samples.Server() with { ProxyProtocol = text });
        Assert.Equal((8080u, protocol), (Plan().Inbound.Ports[0].Port, Plan().Inbound.Ports[0].Protocol));
    }

    private Pod Plan(params (string, string)[] annotations) => PodPlanner.Plan(Samples.Pod(annotations: annotations), _view)!;

    private static string Text(PortRange range) => $"{range.First}-{range.Last}";
}
