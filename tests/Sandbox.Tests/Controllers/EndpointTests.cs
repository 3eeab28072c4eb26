using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Tests.Api;

namespace Mesh.Sandbox.Tests.Controllers;

public sealed class EndpointTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Ds";
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        await _cluster.AddNodeAsync("n1");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Slice_FollowsAPodThroughItsLife()
    {
        await AddServiceAsync("");
        var pod = await AddPodAsync("p", "10.10.1.5", ready: false);
        var endpoint = await EndpointAsync(e => e is not null);
        Assert.Equal("[\"10.10.1.5\"]", endpoint!["addresses"]!.ToJsonString());
        Assert.Equal((false, false, false), Conditions(endpoint));
        Assert.Equal(("n1", "z1"), (endpoint.Text("nodeName"), endpoint.Text("zone")));
        Assert.Equal(pod.Text("metadata", "uid"), endpoint.Text("targetRef", "uid"));

        await _cluster.RunPodAsync("default", "p", "10.10.1.5");
        Assert.Equal((true, true, false), Conditions(await EndpointAsync(e => e.Flag("conditions", "ready") == true)));
        Assert.Equal("10.10.1.5", (await _cluster.GetAsync("/api/v1/namespaces/default/endpoints/s"))
            .Objects("subsets").Single().Objects("addresses").Single().Text("ip"));

        await _cluster.DeleteAsync($"{Pods}/p");
        Assert.Equal((false, true, true), Conditions(await EndpointAsync(e => e.Flag("conditions", "terminating") == true)));

        await _cluster.DeleteAsync($"{Pods}/p", """{"gracePeriodSeconds":0}""");
        await EndpointAsync(e => e is null);
    }

    [Fact]
    public async Task Slice_OfAServicePublishingAll_HasUnreadyPodsAsReady()
    {
        await AddServiceAsync("\"clusterIP\":\"None\",\"publishNotReadyAddresses\":true,");
        await AddPodAsync("p", "10.10.1.5", ready: false);

        Assert.Equal((true, false, false), Conditions(await EndpointAsync(e => e is not null)));
        Assert.Equal("", (await _cluster.ListAsync(Slices)).Single().Text("metadata", "labels", "service.kubernetes.io/headless"));
    }

    [Theory]
    [InlineData("PreferClose", """{"forZones":[{"name":"z1"}]}""")]
    [InlineData("PreferSameZone", """{"forZones":[{"name":"z1"}]}""")]
    [InlineData("PreferSameNode", """{"forZones":[{"name":"z1"}],"forNodes":[{"name":"n1"}]}""")]
    public async Task Slice_OfAServiceWithTrafficDistribution_HasHints(string distribution, string hints)
    {
        await AddServiceAsync($"\"trafficDistribution\":\"{distribution}\",");
        await AddPodAsync("p", "10.10.1.5", ready: true);
        Assert.Equal(hints, (await EndpointAsync(e => e?["hints"] is not null))!["hints"]!.ToJsonString());

        Assert.Equal(distribution, (await _cluster.GetAsync("/api/v1/namespaces/default/services/s")).Text("spec", "trafficDistribution"));
    }

    [Fact]
    public async Task Slice_OfAServiceWithoutTrafficDistribution_HasNoHints()
    {
        await AddServiceAsync("");
        await AddPodAsync("p", "10.10.1.5", ready: true);
        Assert.Null((await EndpointAsync(e => e is not null))!["hints"]);
    }

    [Fact]
    public async Task Slice_NamedPort_IsResolvedPerPod()
    {
        await AddServiceAsync("");
        await AddPodAsync("p", "10.10.1.5", ready: true);
        await EndpointAsync(e => e.Flag("conditions", "ready") == true);

        Assert.Equal(8080, (await _cluster.ListAsync(Slices)).Single().Objects("ports").Single().Integer("port"));
    }

    [Fact]
    public async Task Service_Deleted_TakesSlicesAndEndpointsAlong()
    {
        await AddServiceAsync("");
        await _cluster.EventuallyAsync(async () => (await _cluster.ListAsync(Slices)).Count == 1, "slice");
        await _cluster.DeleteAsync("/api/v1/namespaces/default/services/s");

        await _cluster.EventuallyAsync(async () =>
            (await _cluster.ListAsync(Slices))
                .Count == 0 && await _cluster.TryGetAsync("/api/v1/namespaces/default/endpoints/s") is null, "gone");
    }

    [Fact]
    public async Task Slices_OfManyPods_HoldAHundredEach()
    {
        await AddServiceAsync("");
        for (var i = 0; i < 150; i++)
        {
            await AddPodAsync($"p{i}", $"10.10.2.{i}", ready: true);
        }

        await _cluster.EventuallyAsync(async () => (await _cluster.ListAsync(Slices)).Sum(s => s.Objects("endpoints")
            .Count()) == 150, "all endpoints");
        Assert.Equal([50, 100], (await _cluster.ListAsync(Slices)).Select(s => s.Objects("endpoints").Count()).Order());
    }

    private Task AddServiceAsync(string spec) => _cluster.CreateAsync("/api/v1/namespaces/default/services",
        "{\"metadata\":{\"name\":\"s\"},\"spec\":{" + spec + "\"selector\":{\"app\":\"x\"},\"ports\":[{\"port\":80,\"targetPort\":\"http\"}]}}");

    private async Task<JsonObject> AddPodAsync(string name, string address, bool ready)
    {
        var pod = await _cluster.CreateAsync(Pods, "{\"metadata\":{\"name\":\"" + name + """
            ","labels":{"app":"x"}},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i","ports":[{"name":"http","containerPort":8080}]}]}}
            """);
        await _cluster.RunPodAsync("default", name, address, ready);
        return pod;
    }

    private async Task<JsonObject?> EndpointAsync(Func<JsonObject?, bool> condition)
    {
        JsonObject? found = null;
        await _cluster.EventuallyAsync(async () =>
        {
            found = (await _cluster.ListAsync(Slices)).SelectMany(s => s.Objects("endpoints")).FirstOrDefault();
            return condition(found);
        }, "endpoint");
        return found;
    }

    private static (bool? Ready, bool? Serving, bool? Terminating) Conditions(JsonObject? endpoint) =>
        (endpoint.Flag("conditions", "ready"), endpoint.Flag("conditions", "serving"), endpoint.Flag("conditions", "terminating"));
}
