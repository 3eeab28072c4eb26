using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Tests.Api;

/// <summary>Services and slices of both IP families, as Kubernetes makes them in a dual-stack cluster.</summary>
public sealed class DualStackTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/default/services";
    private const string Slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Ds";
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.AddNodeAsync("n1");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("", "IPv4")]
    [InlineData("\"ipFamilyPolicy\":\"SingleStack\",\"ipFamilies\":[\"IPv6\"],", "IPv6")]
    [InlineData("\"ipFamilyPolicy\":\"PreferDualStack\",", "IPv4,IPv6")]
    [InlineData("\"ipFamilyPolicy\":\"RequireDualStack\",\"ipFamilies\":[\"IPv6\",\"IPv4\"],", "IPv6,IPv4")]
    [InlineData("\"clusterIP\":\"fd00:110::99\",", "IPv6")]
    public async Task Service_OfAPolicy_GetsItsFamiliesInOrder(string spec, string families)
    {
        var service = await CreateAsync(spec);

        Assert.Equal(families, string.Join(',', service.Texts("spec", "ipFamilies")));
        Assert.Equal(families, string.Join(',', service.Texts("spec", "clusterIPs").Select(ip => ip.Contains(':') ? "IPv6" : "IPv4")));
        Assert.Equal(service.Texts("spec", "clusterIPs").First(), service.Text("spec", "clusterIP"));
    }

    [Fact]
    public async Task Service_ChangedToDualStackAndBack_KeepsItsFirstAddressAndFreesTheSecond()
    {
        var first = (await CreateAsync("")).Text("spec", "clusterIP");

        var dual = await _cluster.PatchAsync($"{Services}/s", """{"spec":{"ipFamilyPolicy":"PreferDualStack"}}""");
        var second = dual.Texts("spec", "clusterIPs").Last();
        var single = await _cluster.PatchAsync($"{Services}/s", """{"spec":{"ipFamilyPolicy":"SingleStack"}}""");

        Assert.Equal([first, second], dual.Texts("spec", "clusterIPs"));
        Assert.StartsWith("fd00:110::", second, StringComparison.Ordinal);
        Assert.Equal([first], single.Texts("spec", "clusterIPs"));
        var taker = await _cluster.CreateAsync(Services,
            "{\"metadata\":{\"name\":\"t\"},\"spec\":{\"clusterIP\":\"" + second + "\",\"ports\":[{\"port\":80}]}}");
        Assert.Equal(second, taker.Text("spec", "clusterIP"));
    }

    [Fact]
    public async Task Slices_OfADualStackService_AreOneOfEachFamily()
    {
        await CreateAsync("\"ipFamilyPolicy\":\"PreferDualStack\",");
        await _cluster.CreateAsync("/api/v1/namespaces/default/pods",
            """{"metadata":{"name":"p","labels":{"app":"x"}},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        await _cluster.PatchAsync("/api/v1/namespaces/default/pods/p/status",
            """
            {"status":{"phase":"Running","podIP":"10.10.1.5","podIPs":[{"ip":"10.10.1.5"},{"ip":"fd00:10:1::5"}],
             "conditions":[{"type":"Ready","status":"True"}]}}
            """);

        await EventuallyAsync("IPv4 10.10.1.5, IPv6 fd00:10:1::5");
        Assert.Equal("10.10.1.5", (await _cluster.GetAsync("/api/v1/namespaces/default/endpoints/s"))
            .Objects("subsets").Single().Objects("addresses").Single().Text("ip"));

        await _cluster.PatchAsync($"{Services}/s", """{"spec":{"ipFamilyPolicy":"SingleStack"}}""");
        await EventuallyAsync("IPv4 10.10.1.5");
    }

    private Task EventuallyAsync(string expected) => _cluster.EventuallyAsync(async () =>
        expected == string.Join(", ", (await _cluster.ListAsync(Slices))
            .SelectMany(slice => slice.Objects("endpoints").Select(e => $"{slice.Text("addressType")} {string.Join(' ', e.Texts("addresses"))}"))
            .Order(StringComparer.Ordinal)), expected);

    private Task<JsonObject> CreateAsync(string spec) => _cluster.CreateAsync(Services,
        "{\"metadata\":{\"name\":\"s\"},\"spec\":{" + spec + "\"selector\":{\"app\":\"x\"},\"ports\":[{\"port\":80,\"targetPort\":8080}]}}");
}
