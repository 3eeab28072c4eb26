using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Tests.Api;

public sealed class ResourceTests : IAsyncLifetime
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Create_WithGenerateName_FillsInMetadata()
    {
        var created = await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"generateName":"a-"},"data":{"k":"v"}}""");

        Assert.Matches("^a-[a-z0-9]{5}$", created.Text("metadata", "name"));
        Assert.NotNull(created.Text("metadata", "uid"));
        Assert.NotNull(created.Time("metadata", "creationTimestamp"));
        Assert.NotNull(created.Text("metadata", "resourceVersion"));
        Assert.Equal("default", created.Text("metadata", "namespace"));
        Assert.Equal("ConfigMap", created.Text("kind"));
    }

    [Fact]
    public async Task Create_Twice_SaysAlreadyExists()
    {
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a"}}""");
        var (code, status) = await _cluster.SendAsync(HttpMethod.Post, ConfigMaps, JsonNode.Parse("""{"metadata":{"name":"a"}}"""));

        Assert.Equal(409, code);
        Assert.Equal("AlreadyExists", status.Text("reason"));
        Assert.Equal("configmaps \"a\" already exists", status.Text("message"));
    }

    [Fact]
    public async Task Get_Missing_SaysNotFoundWithGroup()
    {
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, "/apis/apps/v1/namespaces/default/deployments/x");

        Assert.Equal(404, code);
        Assert.Equal("deployments.apps \"x\" not found", status.Text("message"));
        Assert.Equal("deployments", status.Text("details", "kind"));
        Assert.Equal("apps", status.Text("details", "group"));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/nonsense")]
    [InlineData("/apis/nonsense.io/v1/things")]
    [InlineData("/apis/apps/v9/deployments")]
    [InlineData("/apis/apps/v9")]
    public async Task Get_UnknownResource_SaysNotFound(string path)
    {
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, path);

        Assert.Equal(404, code);
        Assert.Equal("the server could not find the requested resource", status.Text("message"));
    }

    [Fact]
    public async Task Create_InMissingNamespace_SaysNotFound()
    {
        var (code, status) = await _cluster.SendAsync(
            HttpMethod.Post, "/api/v1/namespaces/nowhere/configmaps", JsonNode.Parse("""{"metadata":{"name":"a"}}"""));

        Assert.Equal(404, code);
        Assert.Equal("namespaces \"nowhere\" not found", status.Text("message"));
    }

    [Fact]
    public async Task Update_WithStaleVersion_SaysConflict()
    {
        var first = await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        await _cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"k":"2"}}""");
        var (code, status) = await _cluster.SendAsync(HttpMethod.Put, $"{ConfigMaps}/a", first);

        Assert.Equal(409, code);
        Assert.Equal(
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again",
            status.Text("message"));
    }

    [Fact]
    public async Task Update_ThatChangesNothing_KeepsTheVersion()
    {
        var first = await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        var again = await _cluster.PatchAsync($"{ConfigMaps}/a", """{"data":{"k":"1"}}""");

        Assert.Equal(first.Text("metadata", "resourceVersion"), again.Text("metadata", "resourceVersion"));
    }

    [Fact]
    public async Task Status_OnlyThroughItsSubresource()
    {
        await _cluster.AddNodeAsync("n1");
        const string pods = "/api/v1/namespaces/default/pods";
        await _cluster.CreateAsync(pods, """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]},"status":{"phase":"Running"}}""");
        var ignored = await _cluster.PatchAsync($"{pods}/p", """{"status":{"podIP":"1.2.3.4"}}""");
        var written = await _cluster.PatchAsync($"{pods}/p/status", """{"metadata":{"labels":{"a":"b"}},"status":{"podIP":"1.2.3.4"}}""");

        Assert.Equal("Pending", ignored.Text("status", "phase"));
        Assert.Null(ignored.Text("status", "podIP"));
        Assert.Equal("1.2.3.4", written.Text("status", "podIP"));
        Assert.Null(written.Text("metadata", "labels", "a"));
    }

    [Fact]
    public async Task Generation_CountsSpecChangesOnly()
    {
        const string path = "/apis/apps/v1/namespaces/default/deployments";
        await _cluster.CreateAsync(path, """
            {"metadata":{"name":"d"},"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},
             "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        var labelled = await _cluster.PatchAsync($"{path}/d", """{"metadata":{"labels":{"x":"y"}}}""");
        var scaled = await _cluster.PatchAsync($"{path}/d", """{"spec":{"replicas":1}}""");

        Assert.Equal(1, labelled.Integer("metadata", "generation"));
        Assert.Equal(2, scaled.Integer("metadata", "generation"));
    }

    [Fact]
    public async Task List_ByLabelsAndFields_Selects()
    {
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"a","labels":{"app":"x","tier":"1"}}}""");
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"b","labels":{"app":"y"}}}""");

        Assert.Equal(["a"], await NamesAsync("labelSelector=app%3Dx"));
        Assert.Equal(["a", "b"], await NamesAsync("labelSelector=app+in+(x,y)"));
        Assert.Equal(["b"], await NamesAsync("labelSelector=app,!tier"));
        Assert.Equal(["b", "kube-root-ca.crt"], await NamesAsync("labelSelector=app!%3Dx"));
        Assert.Equal(["b"], await NamesAsync("fieldSelector=metadata.name%3Db"));
        var (code, status) = await _cluster.SendAsync(HttpMethod.Get, $"{ConfigMaps}?fieldSelector=spec.colour%3Dred");
        Assert.Equal((400, "field label not supported: spec.colour"), (code, status.Text("message")));
    }

    [Fact]
    public async Task List_InPages_GivesEverythingOnce()
    {
        for (var i = 0; i < 5; i++)
        {
            await _cluster.CreateAsync(ConfigMaps, $$"""{"metadata":{"name":"p{{i}}","labels":{"page":"1"} } }""");
        }
        var names = new List<string?>();
        var token = "";
        do
        {
            var page = await _cluster.GetAsync($"{ConfigMaps}?labelSelector=page&limit=2&continue={token}");
            names.AddRange(page.Objects("items").Select(i => i.Text("metadata", "name")));
            token = page.Text("metadata", "continue");
        }
        while (token is not null);

        Assert.Equal(["p0", "p1", "p2", "p3", "p4"], names);
    }

    [Fact]
    public async Task DryRun_ChangesNothing()
    {
        await _cluster.CreateAsync($"{ConfigMaps}?dryRun=All", """{"metadata":{"name":"dry"}}""");

        Assert.Null(await _cluster.TryGetAsync($"{ConfigMaps}/dry"));
    }

    [Fact]
    public async Task Delete_WithFinalizer_WaitsForIt()
    {
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"f","finalizers":["example.com/wait"]}}""");
        await _cluster.DeleteAsync($"{ConfigMaps}/f");
        var waiting = await _cluster.GetAsync($"{ConfigMaps}/f");
        await _cluster.PatchAsync($"{ConfigMaps}/f", """{"metadata":{"finalizers":null}}""");

        Assert.NotNull(waiting.Text("metadata", "deletionTimestamp"));
        Assert.Null(await _cluster.TryGetAsync($"{ConfigMaps}/f"));
    }

    [Fact]
    public async Task Delete_WithOtherUid_SaysConflict()
    {
        await _cluster.CreateAsync(ConfigMaps, """{"metadata":{"name":"u"}}""");
        var (code, _) = await _cluster.SendAsync(
            HttpMethod.Delete, $"{ConfigMaps}/u", JsonNode.Parse("""{"preconditions":{"uid":"other"}}"""));

        Assert.Equal(409, code);
        Assert.NotNull(await _cluster.TryGetAsync($"{ConfigMaps}/u"));
    }

    [Fact]
    public async Task Delete_RunningPod_WaitsForItsNode()
    {
        const string pod = "/api/v1/namespaces/default/pods/p";
        await _cluster.AddNodeAsync("n1");
        await _cluster.CreateAsync("/api/v1/namespaces/default/pods",
            """{"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}]}}""");
        var deleted = await _cluster.DeleteAsync(pod);
        Assert.Equal(30, deleted.Integer("metadata", "deletionGracePeriodSeconds"));
        Assert.NotNull(await _cluster.TryGetAsync(pod));
        await _cluster.DeleteAsync(pod, """{"gracePeriodSeconds":0}""");

        Assert.Null(await _cluster.TryGetAsync(pod));
    }

    [Fact]
    public async Task Create_UnknownField_WarnsOrRefuses()
    {
        const string services = "/api/v1/namespaces/default/services";
        var body = JsonNode.Parse("""{"metadata":{"name":"s"},"spec":{"ports":[{"port":80,"targtPort":1}]}}""");
        var (code, status) = await _cluster.SendAsync(HttpMethod.Post, $"{services}?fieldValidation=Strict", body);
        Assert.Equal(400, code);
        Assert.Equal(
            "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field \"spec.ports[0].targtPort\"",
            status.Text("message"));
        using var response = await _cluster.Http.PostAsync(
            services, new StringContent(body!.ToJsonString(), null, "application/json"), TestContext.Current.CancellationToken);

        Assert.Equal("299 - \"unknown field \\\"spec.ports[0].targtPort\\\"\"", response.Headers.GetValues("Warning").Single());
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"Bad_Name"},"spec":{"ports":[{"port":80}]}}""", "metadata.name")]
    [InlineData("""{"metadata":{"name":"s"},"spec":{"ports":[{"port":70000}]}}""", "spec.ports[0].port")]
    [InlineData("""{"metadata":{"name":"s"},"spec":{"ports":[]}}""", "spec.ports")]
    [InlineData("""{"metadata":{"name":"s","labels":{"a":"b c"}},"spec":{"ports":[{"port":80}]}}""", "metadata.labels")]
    [InlineData("""{"metadata":{"name":"s"},"spec":{"clusterIP":"1.2.3.4","ports":[{"port":80}]}}""", "spec.clusterIPs")]
    public async Task Create_InvalidService_NamesTheField(string json, string field)
    {
        var (code, status) = await _cluster.SendAsync(HttpMethod.Post, "/api/v1/namespaces/default/services", JsonNode.Parse(json));

        Assert.Equal(422, code);
        Assert.Equal("Invalid", status.Text("reason"));
        Assert.Contains(field, status.Objects("details", "causes").Select(c => c.Text("field")));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"kind":"Pod","apiVersion":"v1"}""")]
    [InlineData("""{"kind":"ConfigMap","apiVersion":"v2"}""")]
    public async Task Create_BrokenBody_SaysBadRequest(string body)
    {
        using var response = await _cluster.Http.PostAsync(
            ConfigMaps, new StringContent(body, null, "application/json"), TestContext.Current.CancellationToken);

        Assert.Equal(400, (int)response.StatusCode);
    }

    [Fact]
    public async Task ClusterAddress_IsKeptReleasedAndNeverTwice()
    {
        const string services = "/api/v1/namespaces/default/services";
        const string fixedAddress = """{"metadata":{"name":"NAME"},"spec":{"clusterIP":"10.110.0.10","ports":[{"port":53}]}}""";
        await _cluster.CreateAsync(services, fixedAddress.Replace("NAME", "dns"));
        var (code, _) = await _cluster.SendAsync(HttpMethod.Post, services, JsonNode.Parse(fixedAddress.Replace("NAME", "other")));
        Assert.Equal(422, code);
        var patched = await _cluster.PatchAsync($"{services}/dns", """{"spec":{"ports":[{"port":54}]}}""");
        Assert.Equal("10.110.0.10", patched.Text("spec", "clusterIP"));
        await _cluster.DeleteAsync($"{services}/dns");

        await _cluster.CreateAsync(services, fixedAddress.Replace("NAME", "other"));
    }

    private async Task<List<string?>> NamesAsync(string query) =>
        (await _cluster.ListAsync($"{ConfigMaps}?{query}")).ConvertAll(i => i.Text("metadata", "name"));
}
