using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Tests.Network;

public class ServiceRulesTests
{
    [Fact]
    public async Task Render_ServicesWithAndWithoutEndpoints_AreRulesThatNftTakes()
    {
        var rules = ServiceRules.Render(
            [Service("bb", "10.110.0.20"), Service("empty", "10.110.0.21"), Service("headless", "None")],
            [Slice("bb", ("10.10.1.2", true), ("10.10.2.2", true), ("10.10.2.3", false)), Slice("empty", ("10.10.1.9", false))]);

        Assert.Contains("numgen random mod 2 map { 0 : 10.10.1.2 . 8080, 1 : 10.10.2.2 . 8080 }", rules);
        Assert.Contains("10.110.0.21 . tcp . 80", rules);
        Assert.DoesNotContain("10.10.2.3", rules);
        var result = await ExternalCommand.RunAsync(
            "unshare", ["--net", "sh", "-c", "nft -f - && nft list ruleset"], rules + rules, TestContext.Current.CancellationToken);
        Assert.True(result.Succeeded, result.Error);
        Assert.Contains("10.10.1.2 . 8080", result.Output);
    }

    [Fact]
    public async Task Render_DualStack_HasATableOfEachFamilyThatNftTakes()
    {
        var service = Service("bb", "10.110.0.20");
        var rules = ServiceRules.Render(
            [service with { Spec = service.Spec with { ClusterIPs = ["10.110.0.20", "fd00:110::20"] } }, Service("six", "fd00:110::21")],
            [Slice("bb", ("10.10.1.2", true)), Slice("bb", ("fd00:10:1::2", true), ("fd00:10:2::2", true)) with { AddressType = "IPv6" }],
            dualStack: true);

        Assert.Contains("dnat ip to numgen random mod 1 map { 0 : 10.10.1.2 . 8080 }", rules);
        Assert.Contains("dnat ip6 to numgen random mod 2 map { 0 : fd00:10:1::2 . 8080, 1 : fd00:10:2::2 . 8080 }", rules);
        var result = await ExternalCommand.RunAsync(
            "unshare", ["--net", "sh", "-c", "nft -f - && nft list ruleset"], rules + rules, TestContext.Current.CancellationToken);
        Assert.True(result.Succeeded, result.Error);
        Assert.Contains("fd00:110::21 . tcp . 80", result.Output);
    }

    [Fact]
    public async Task Render_NoServices_IsAnEmptyTableThatNftTakes()
    {
        var result = await ExternalCommand.RunAsync(
            "unshare", ["--net", "nft", "-f", "-"], ServiceRules.Render([], []), TestContext.Current.CancellationToken);

        Assert.True(result.Succeeded, result.Error);
    }

    [Fact]
    public void Render_OnlyTerminatingEndpointsLeft_StillUsesThem()
    {
        var slice = Slice("bb", ("10.10.1.2", false));
        slice = slice with
        {
            Endpoints = [slice.Endpoints[0] with { Conditions = new EndpointConditions { Ready = false, Serving = true, Terminating = true } }],
        };

        Assert.Contains("10.10.1.2 . 8080", ServiceRules.Render([Service("bb", "10.110.0.20")], [slice]));
    }

    private static Service Service(string name, string address) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "ns" },
        Spec = new ServiceSpec { ClusterIP = address, Ports = [new ServicePort { Name = "http", Port = 80, TargetPort = 8080 }] },
    };

    private static EndpointSlice Slice(string service, params (string Address, bool Ready)[] endpoints) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = service + "-x",
            Namespace = "ns",
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service },
        },
        AddressType = "IPv4",
        Ports = [new EndpointSlicePort { Name = "http", Port = 8080, Protocol = "TCP" }],
        Endpoints = [.. endpoints.Select(e => new Kubernetes.Resources.Endpoint
        {
            Addresses = [e.Address],
            Conditions = new EndpointConditions { Ready = e.Ready },
        })],
    };
}
