using System.Net;
using System.Text.Json.Nodes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Tokens;
using Mesh.Testing;
using Microsoft.AspNetCore.Http;

namespace Mesh.Kubernetes.Tests;

public sealed class KubernetesClientTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _client = new KubernetesClient(new ClusterConnection(_server.Address) { Token = new FixedToken("abc") });
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task GetAsync_ObjectExists_IsReadWithItsUnknownFields()
    {
        _server.On("GET /api/v1/namespaces/mc-demo/services/bb", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"bb","namespace":"mc-demo","labels":null,"managedFields":[{"a":1}]},
             "spec":{"clusterIP":"10.0.0.1","ports":[{"port":8080,"targetPort":"http"},{"port":1,"targetPort":2}],"sessionAffinityConfig":{"x":1}}}
            """);
        var service = await _client.GetAsync<Service>("mc-demo", "bb", Token);
        Assert.Equal("10.0.0.1", service.Spec.ClusterIP);
        Assert.Equal(["http", "2"], service.Spec.Ports.Select(p => p.TargetPort.ToString()!));
        Assert.Equal(2, service.Spec.Ports[1].TargetPort!.Value.Number);
        Assert.Empty(service.Metadata.Labels);
        Assert.Null(service.Metadata.Unknown);
        Assert.Equal("Bearer abc", _server.Requests[0].Headers["Authorization"]);

        _server.On("PUT /api/v1/namespaces/mc-demo/services/bb", "{}");
        await _client.ReplaceAsync(service, Token);
        var written = JsonNode.Parse(_server.Requests[1].Body)!;
        Assert.Equal(1, (int)written["spec"]!["sessionAffinityConfig"]!["x"]!);
        Assert.Null(written["metadata"]!["managedFields"]);
        Assert.Null(written["status"]);
    }

    [Fact]
    public async Task GetOrNullAsync_NotThere_IsNull() => Assert.Null(await _client.GetOrNullAsync<Pod>("a", "b", Token));

    [Fact]
    public async Task GetAsync_StatusAnswered_IsThrownWithReasonAndMessage()
    {
        _server.On("GET /api/v1/nodes/n", """
            {"kind":"Status","apiVersion":"v1","status":"Failure","message":"nodes \"n\" is forbidden","reason":"Forbidden","code":403}
            """, 403);
        var error = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync<Node>(null, "n", Token));
        Assert.Equal((HttpStatusCode.Forbidden, "Forbidden", "nodes \"n\" is forbidden"), (error.Status, error.Reason, error.Message));
    }

    [Fact]
    public async Task GetAsync_PlainTextError_IsQuoted()
    {
        _server.On("GET /api/v1/nodes/n", context =>
        {
            context.Response.StatusCode = 502;
            return context.Response.WriteAsync("upstream is away");
        });
        var error = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync<Node>(null, "n", Token));
        Assert.Contains("upstream is away", error.Message);
        Assert.Contains("502", error.Message);
    }

    [Fact]
    public async Task GetAsync_HtmlWithStatus200_SaysThatThisIsNoApiServer()
    {
        _server.On("GET /api/v1/nodes/n", "<html>");
        var error = await Assert.ThrowsAsync<KubernetesException>(() => _client.GetAsync<Node>(null, "n", Token));
        Assert.Contains("Is it a Kubernetes API server?", error.Message);
    }

    [Fact]
    public async Task SendAsync_TooManyRequests_IsTriedAgainAfterTheTimeAsked()
    {
        var asked = 0;
        _server.On("GET /api/v1/nodes/n", context =>
        {
            context.Response.StatusCode = ++asked == 1 ? 429 : 200;
            context.Response.Headers.RetryAfter = "0";
            return context.Response.WriteAsync(asked == 1 ? "busy" : """{"metadata":{"name":"n"}}""");
        });
        Assert.Equal("n", (await _client.GetAsync<Node>(null, "n", Token)).Metadata.Name);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task GetAsync_NobodyListens_ThrowsHttpRequestException()
    {
        await _server.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync<Node>(null, "n", Token));
    }

    [Fact]
    public async Task ListAllAsync_SeveralPages_AreOneList()
    {
        _server.On("GET /api/v1/pods", context => context.Response.WriteAsync(context.Request.Query["continue"] == "next"
            ? """{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"b"}}]}"""
            : """{"metadata":{"resourceVersion":"7","continue":"next"},"items":[{"metadata":{"name":"a"}}]}"""));
        var list = await _client.ListAllAsync<Pod>(null, new ListOptions { LabelSelector = "app=bb,x!=y" }, Token);
        Assert.Equal(["a", "b"], list.Items.Select(p => p.Metadata.Name));
        Assert.Equal("7", list.ResourceVersion);
        Assert.Contains("labelSelector=app%3Dbb%2Cx%21%3Dy", _server.Requests[1].Query);
        Assert.All(list.Items, p => Assert.Equal(("v1", "Pod"), (p.ApiVersion, p.Kind)));
    }

    [Fact]
    public async Task ListAllAsync_PagesExpire_ListsAgainWhole()
    {
        _server.On("GET /api/v1/pods", context =>
        {
            if (context.Request.Query.ContainsKey("continue"))
            {
                context.Response.StatusCode = 410;
                return context.Response.WriteAsync("""{"kind":"Status","reason":"Expired","code":410,"message":"too old"}""");
            }
            return context.Response.WriteAsync(context.Request.Query.ContainsKey("limit")
                ? """{"metadata":{"continue":"next"},"items":[{"metadata":{"name":"a"}}]}"""
                : """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}""");
        });
        var list = await _client.ListAllAsync<Pod>(null, null, Token);
        Assert.Equal(2, list.Items.Count);
        Assert.Equal("9", list.ResourceVersion);
    }

    [Fact]
    public async Task ListAsync_OneItemIsBroken_TheOthersAreThere()
    {
        _server.On("GET /apis/policy.linkerd.io/v1beta3/servers", """
            {"metadata":{"resourceVersion":"1"},"items":[
              {"metadata":{"name":"good","namespace":"a"},"spec":{"podSelector":{},"port":8080}},
              {"metadata":{"name":"oddport","namespace":"a"},"spec":{"port":{"not":"a port"}}},
              {"metadata":{"name":"broken","namespace":"a","resourceVersion":"5"},"spec":["list"]},
              "not even an object"]}
            """);
        var list = await _client.ListAsync<Server>(null, null, Token);
        Assert.Equal(["good", "oddport"], list.Items.Select(s => s.Metadata.Name));
        Assert.False(list.Items[1].Spec.Port.IsValid);
        Assert.Equal(["broken", ""], list.Undecodable.Select(u => u.Name));
        Assert.Contains("spec", list.Undecodable[0].Error);
        Assert.Equal("5", list.Undecodable[0].ResourceVersion);
    }

    [Theory]
    [InlineData("merge", "application/merge-patch+json")]
    [InlineData("json", "application/json-patch+json")]
    [InlineData("strategic", "application/strategic-merge-patch+json")]
    [InlineData("apply", "application/apply-patch+yaml")]
    public async Task PatchAsync_EachForm_HasItsContentType(string form, string contentType)
    {
        _server.On("PATCH /apis/multicluster.linkerd.io/v1alpha3/namespaces/n/links/l/status", """{"metadata":{"name":"l"}}""");
        var body = new JsonObject { ["status"] = new JsonObject() };
        var patch = form switch
        {
            "merge" => KubernetesPatch.Merge(body),
            "json" => KubernetesPatch.Json([]),
            "strategic" => KubernetesPatch.Strategic(body),
            _ => KubernetesPatch.Apply(body),
        };
        await _client.PatchAsync<Link>("n", "l", patch, new PatchOptions("status", "mesh", Force: true), Token);
        var request = Assert.Single(_server.Requests);
        Assert.Equal(contentType, request.ContentType);
        Assert.Equal("?fieldManager=mesh&force=true", request.Query);
    }

    [Fact]
    public async Task DeleteAsync_WithOptions_SendsThem()
    {
        _server.On("DELETE /api/v1/namespaces/n/pods/p", """{"kind":"Status","status":"Success"}""");
        await _client.DeleteAsync<Pod>("n", "p", new DeleteOptions(0, "Background", Uid: "u"), Token);
        var body = JsonNode.Parse(_server.Requests[0].Body)!;
        Assert.Equal("Background", (string)body["propagationPolicy"]!);
        Assert.Equal(0, (int)body["gracePeriodSeconds"]!);
        Assert.Equal("u", (string)body["preconditions"]!["uid"]!);
    }

    [Fact]
    public void GetAsync_NamespacedKindWithoutNamespace_IsRefused() =>
        Assert.Throws<ArgumentException>(() => { _ = _client.GetAsync<Pod>(null, "p", Token); });

    [Fact]
    public async Task CreateAsync_EmptyLists_OnlyRequiredOnesAreWritten()
    {
        _server.On("POST /apis/discovery.k8s.io/v1/namespaces/n/endpointslices", """{"metadata":{"name":"s"}}""");
        await _client.CreateAsync(
            new EndpointSlice { Metadata = new ObjectMeta { Name = "s", Namespace = "n" }, AddressType = "IPv4" }, Token);
        Assert.Equal(
            """{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"s","namespace":"n"},"addressType":"IPv4","endpoints":[]}""",
            _server.Requests[0].Body);
    }

    [Fact]
    public async Task ReviewTokenAsync_OtherAudience_IsNotAuthenticated()
    {
        _server.On("POST /apis/authentication.k8s.io/v1/tokenreviews", """
            {"status":{"authenticated":true,"audiences":["other"],"user":{"username":"system:serviceaccount:a:b"}}}
            """, 201);
        Assert.False((await _client.ReviewTokenAsync("t", "mesh-node-api", Token)).Authenticated);
        var result = await _client.ReviewTokenAsync("t", "other", Token);
        Assert.True(result.Authenticated);
        Assert.Equal("system:serviceaccount:a:b", result.UserName);
    }
}
