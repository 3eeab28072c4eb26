using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Sandbox.Api.Json;
using Mesh.Testing;

namespace Mesh.Sandbox.Tests.Api;

/// <summary>The definitions of routes under <c>k8s/</c>, as an API server takes them.</summary>
public sealed class RouteDefinitionTests : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Parent = "\"parentRefs\":[{\"group\":\"\",\"kind\":\"Service\",\"name\":\"bb\"}]";

    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        foreach (var file in new[] { "k8s/crds/httproute.yaml", "k8s/gateway-api/routes.yaml" })
        {
            foreach (var definition in KubernetesYaml.ReadAll(await File.ReadAllTextAsync(Path.Combine(Repository.Root, file))))
            {
                await _cluster.CreateAsync(Definitions, definition.ToJsonString());
            }
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData("policy.linkerd.io/v1beta1", "httproutes")]
    [InlineData("policy.linkerd.io/v1beta2", "httproutes")]
    [InlineData("policy.linkerd.io/v1beta3", "httproutes")]
    [InlineData("gateway.networking.k8s.io/v1", "httproutes")]
    [InlineData("gateway.networking.k8s.io/v1", "grpcroutes")]
    public async Task Create_Minimal_IsDefaultedAndHasAStatus(string version, string plural)
    {
        var path = $"/apis/{version}/namespaces/default/{plural}";
        var route = await _cluster.CreateAsync(path, """
            {"metadata":{"name":"r"},"spec":{"parentRefs":[{"name":"gw"}],
             "rules":[{"matches":[{"headers":[{"name":"a","value":"b"}]}],"filters":[{"type":"URLRewrite","urlRewrite":{"hostname":"x"}}]}]}}
            """);
        Assert.Equal("Gateway", route.Objects("spec", "parentRefs").Single().Text("kind"));
        var rule = route.Objects("spec", "rules").Single();
        Assert.Equal("Exact", rule.Objects("matches").Single().Objects("headers").Single().Text("type"));
        Assert.Equal("x", rule.Objects("filters").Single().Text("urlRewrite", "hostname"));

        await _cluster.PatchAsync($"{path}/r/status", """
            {"status":{"parents":[{"parentRef":{"name":"gw"},"controllerName":"mesh-orleans.io/route-controller",
             "conditions":[{"type":"Accepted","status":"True","reason":"Accepted","message":"","lastTransitionTime":"2026-01-01T00:00:00Z","observedGeneration":1}]}]}}
            """);
        var parents = (await _cluster.GetAsync($"{path}/r")).Objects("status", "parents");
        Assert.Equal(1, parents.Single().Objects("conditions").Single().Integer("observedGeneration"));
    }

    [Theory]
    [InlineData("httproutes", """{"timeouts":{"request":"1.5s"}}""")]
    [InlineData("httproutes", """{"matches":[{"path":{"type":"Glob","value":"/"}}]}""")]
    [InlineData("httproutes", """{"matches":[{"method":"get"}]}""")]
    [InlineData("grpcroutes", """{"matches":[{"method":{"type":"Prefix","service":"s"}}]}""")]
    [InlineData("grpcroutes", """{"backendRefs":[{"port":80}]}""")]
    public async Task Create_WrongForm_IsRefused(string plural, string rule)
    {
        var (code, _) = await _cluster.SendAsync(
            HttpMethod.Post,
            $"/apis/gateway.networking.k8s.io/v1/namespaces/default/{plural}",
            JsonNode.Parse("{\"metadata\":{\"name\":\"r\"},\"spec\":{" + Parent + ",\"rules\":[" + rule + "]}}"));
        Assert.Equal(422, code);
    }
}
