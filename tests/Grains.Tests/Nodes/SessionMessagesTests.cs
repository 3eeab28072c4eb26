using System.Net.Sockets;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Nodes;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Tests.Nodes;

public sealed class SessionMessagesTests
{
    private readonly FakeClusterView _east = new("east");

    public SessionMessagesTests()
    {
        _east.Put(Samples.Namespace());
        _east.Put(Samples.Service());
        _east.Put(Samples.Pod(annotations: ("balancer.mesh-orleans.io/weight", "25")) with { Ips = ["10.10.1.5", "fd00::5"] });
        _east.Put(Samples.Slice(Samples.Endpoint() with { ForZones = ["zone-b", "zone-a"], ForNodes = ["east-1"] }));
    }

    [Fact]
    public void EndpointSet_HintsAndWeight_AreOnTheEndpoint()
    {
        var endpoint = Assert.Single(Set(AddressFamily.InterNetwork).Endpoints);
        Assert.Equal(["zone-a", "zone-b"], endpoint.ForZones);
        Assert.Equal(["east-1"], endpoint.ForNodes);
        Assert.Equal(25u, endpoint.Weight);
    }

    [Fact]
    public void EndpointSet_DualStack_HasTheClientsFamilyOnly()
    {
        _east.Put(Samples.Slice(Samples.Endpoint(ip: "fd00::5")) with { Name = "bb-v6", AddressType = "IPv6" });
        Assert.Equal("10.10.1.5", Assert.Single(Set(AddressFamily.InterNetwork).Endpoints).Ip);
        Assert.Equal("fd00::5", Assert.Single(Set(AddressFamily.InterNetworkV6).Endpoints).Ip);
    }

    [Fact]
    public void EndpointSet_OnlyTheOtherFamily_HasThat()
    {
        Assert.Equal("10.10.1.5", Assert.Single(Set(AddressFamily.InterNetworkV6).Endpoints).Ip);
        _east.Put(Samples.Slice(Samples.Endpoint(ip: "fd00::5")) with { AddressType = "IPv6" });
        Assert.Equal("fd00::5", Assert.Single(Set(AddressFamily.InterNetwork).Endpoints).Ip);
    }

    private Mesh.Interfaces.NodeSession.EndpointSet Set(AddressFamily family) =>
        SessionMessages.EndpointSet(EndpointSetPlanner.Plan(ServiceKey.Parse("east/mc-demo/bb"), _east), false, family);
}
