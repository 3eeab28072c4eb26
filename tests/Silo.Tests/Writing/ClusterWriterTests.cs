using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Exports;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Silo.Writing;
using Mesh.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Silo.Tests.Writing;

public sealed class ClusterWriterTests : IAsyncLifetime
{
    private const string Services = "/api/v1/namespaces/mc-demo/services";
    private const string Events = "/api/v1/namespaces/mc-demo/events";

    private const string Conflict =
        """{"kind":"Status","status":"Failure","reason":"Conflict","message":"the object has been modified","code":409}""";

    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;
    private ClusterWriter _writer = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _client = new KubernetesClient(new ClusterConnection(_server.Address));
        _writer = Writer(_client);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _services.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task ApplyMirror_New_CreatesIt()
    {
        _server.On($"POST {Services}", "{}", 201);
        Assert.True((await _writer.ApplyMirror(Mirror(null), Token)).IsDone);
        var body = JsonNode.Parse(Assert.Single(_server.Requests).Body)!;
        Assert.Equal("bb-target", (string?)body["metadata"]!["name"]);
        Assert.Equal("true", (string?)body["metadata"]!["labels"]!["mirror.linkerd.io/mirrored-service"]);
        Assert.Equal("ClusterIP", (string?)body["spec"]!["type"]);
        Assert.Null(body["spec"]!["selector"]);
        var ports = body["spec"]!["ports"]!.AsArray();
        Assert.Equal(80, (int)ports[0]!["targetPort"]!);
        Assert.Equal("http", (string?)ports[1]!["targetPort"]);
        Assert.Null(ports[0]!["name"]);
    }

    [Fact]
    public async Task ApplyMirror_NewDualStack_AsksForItsFamilies()
    {
        _server.On($"POST {Services}", "{}", 201);
        await _writer.ApplyMirror(Mirror(null) with { IpFamilies = ["IPv6", "IPv4"], DualStack = true }, Token);
        var spec = JsonNode.Parse(Assert.Single(_server.Requests).Body)!["spec"]!;
        Assert.Equal("""["IPv6","IPv4"]""", spec["ipFamilies"]!.ToJsonString());
        Assert.Equal("PreferDualStack", (string?)spec["ipFamilyPolicy"]);

        await _writer.ApplyMirror(Mirror(null), Token);
        spec = JsonNode.Parse(_server.Requests[^1].Body)!["spec"]!;
        Assert.Equal((null, null), (spec["ipFamilies"], spec["ipFamilyPolicy"]));
    }

    [Fact]
    public async Task ApplyMirror_TargetBecameDualStack_KeepsTheFirstFamilyAndAsksForASecond()
    {
        _server.On($"GET {Services}/bb-target", """
            {"metadata":{"name":"bb-target","namespace":"mc-demo","uid":"u1","resourceVersion":"1"},
             "spec":{"type":"ClusterIP","clusterIP":"10.110.0.7","clusterIPs":["10.110.0.7"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack"} }
            """);
        _server.On($"PUT {Services}/bb-target", "{}");
        Assert.True((await _writer.ApplyMirror(Mirror("u1") with { IpFamilies = ["IPv6", "IPv4"], DualStack = true }, Token)).IsDone);
        var spec = JsonNode.Parse(_server.Requests[^1].Body)!["spec"]!;
        Assert.Equal(("""["IPv4"]""", "PreferDualStack"), (spec["ipFamilies"]!.ToJsonString(), (string?)spec["ipFamilyPolicy"]));
    }

    [Theory]
    [InlineData(409, "AlreadyExists", WriteOutcome.AlreadyExists)]
    [InlineData(404, "NotFound", WriteOutcome.NotFound)]
    [InlineData(403, "Forbidden", WriteOutcome.Refused)]
    [InlineData(422, "Invalid", WriteOutcome.Refused)]
    [InlineData(500, "InternalError", WriteOutcome.Unavailable)]
    public async Task ApplyMirror_Refused_SaysHow(int status, string reason, WriteOutcome outcome)
    {
        _server.On($"POST {Services}", $$"""{"kind":"Status","status":"Failure","reason":"{{reason}}","message":"no","code":{{status}} }""", status);
        Assert.Equal(new WriteResult(outcome, "no"), await _writer.ApplyMirror(Mirror(null), Token));
    }

    [Fact]
    public async Task ApplyMirror_NoApiServer_IsUnavailable()
    {
        using var client = new KubernetesClient(new ClusterConnection(new Uri("http://127.0.0.1:1")));
        Assert.Equal(WriteOutcome.Unavailable, (await Writer(client).ApplyMirror(Mirror(null), Token)).Outcome);
    }

    [Fact]
    public async Task ApplyMirror_Existing_ReplacesWhatIsOursAndKeepsTheClusterIp()
    {
        var versions = new Queue<string>(["1", "2"]);
        _server.On($"GET {Services}/bb-target", context => context.Response.WriteAsync($$$"""
            {"metadata":{"name":"bb-target","namespace":"mc-demo","uid":"u1","resourceVersion":"{{{versions.Peek()}}}","labels":{"old":"1"}},
             "spec":{"type":"ClusterIP","clusterIP":"10.110.0.7","clusterIPs":["10.110.0.7"],"ports":[{"port":1}],"selector":{"a":"b"} } }
            """, Token));
        _server.On($"PUT {Services}/bb-target", context =>
        {
            var stale = versions.Count > 1;
            if (stale)
            {
                versions.Dequeue();
                context.Response.StatusCode = 409;
            }
            return context.Response.WriteAsync(stale ? Conflict : "{}", Token);
        });
        Assert.True((await _writer.ApplyMirror(Mirror("u1"), Token)).IsDone);
        var body = JsonNode.Parse(_server.Requests[^1].Body)!;
        Assert.Equal("2", (string?)body["metadata"]!["resourceVersion"]);
        Assert.Null(body["metadata"]!["labels"]!["old"]);
        Assert.Equal("10.110.0.7", (string?)body["spec"]!["clusterIP"]);
        Assert.Null(body["spec"]!["selector"]);
        Assert.Equal([8080, 8081], body["spec"]!["ports"]!.AsArray().Select(p => (int)p!["port"]!));
    }

    [Fact]
    public async Task ApplyMirror_OtherObjectOfThatName_IsNotTouched()
    {
        _server.On($"GET {Services}/bb-target", """{"metadata":{"name":"bb-target","namespace":"mc-demo","uid":"u2"}}""");
        Assert.Equal(WriteOutcome.NotFound, (await _writer.ApplyMirror(Mirror("u1"), Token)).Outcome);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task DeleteMirror_AskedForOneUid_SendsItAsAPrecondition()
    {
        _server.On($"DELETE {Services}/bb-target", "{}");
        Assert.True((await _writer.DeleteMirror("mc-demo", "bb-target", "u1", Token)).IsDone);
        Assert.Equal("u1", (string?)JsonNode.Parse(_server.Requests[0].Body)!["preconditions"]!["uid"]);
        _server.On($"DELETE {Services}/bb-target", Conflict, 409);
        Assert.True((await _writer.DeleteMirror("mc-demo", "bb-target", "u1", Token)).IsDone);
        Assert.True((await _writer.DeleteMirror("mc-demo", "gone", "u1", Token)).IsDone);
        Assert.True((await _writer.DeleteEndpoints("mc-demo", "bb-target", Token)).IsDone);
    }

    [Fact]
    public async Task PatchLinkStatus_Mirrors_AreInTheStatusSubresourceOnly()
    {
        const string Path = "/apis/multicluster.linkerd.io/v1alpha3/namespaces/mesh-multicluster/links/target/status";
        _server.On($"PATCH {Path}", "{}");
        var link = new ObservedLink(
            "mesh-multicluster", "target", "u1", "5", 1, _time.GetUtcNow(), "target", "east", "cluster.local", null, null, null, [], [], []);
        var condition = new ObservedCondition("Mirrored", "True", "Mirrored", "", _time.GetUtcNow(), 1);
        var status = new ObservedLinkServiceStatus("linkerd.io/service-mirror", "mc-demo", "bb", "mc-demo", "bb-target", [condition]);
        Assert.True((await _writer.PatchLinkStatus(link, [status], Token)).IsDone);
        var request = Assert.Single(_server.Requests);
        Assert.Equal("application/merge-patch+json", request.ContentType);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                {"metadata":{"uid":"u1"},"status":{"mirrorServices":[{"controllerName":"linkerd.io/service-mirror",
                 "remoteRef":{"group":"","kind":"Service","namespace":"mc-demo","name":"bb"},
                 "conditions":[{"type":"Mirrored","status":"True","reason":"Mirrored","message":"","lastTransitionTime":"2026-01-01T00:00:00Z",
                  "localRef":{"group":"","kind":"Service","namespace":"mc-demo","name":"bb-target"}}]}]}}
                """),
            JsonNode.Parse(request.Body)), request.Body);
    }

    [Fact]
    public async Task PatchPolicyStatus_Conditions_CarryTheGeneration()
    {
        const string Path = "/apis/policy.linkerd.io/v1beta3/namespaces/mc-demo/servers/bb/status";
        _server.On($"PATCH {Path}", "{}");
        var condition = new ObservedCondition("Accepted", "False", "Invalid", "why", _time.GetUtcNow(), 3);
        Assert.True((await _writer.PatchPolicyStatus(new PolicyObject("Server", "mc-demo", "bb", "u1"), [condition], Token)).IsDone);
        var patched = JsonNode.Parse(Assert.Single(_server.Requests).Body)!["status"]!["conditions"]![0]!;
        Assert.Equal((3, "why"), ((int)patched["observedGeneration"]!, (string?)patched["message"]));
    }

    [Fact]
    public async Task EmitEvent_SameAgain_IsCountedAndWrittenOnceAWhile()
    {
        var name = "";
        _server.On($"POST {Events}", context => context.Response.WriteAsync("{}", Token));
        var skipped = new ClusterEvent(
            "v1", "Service", "mc-demo", "bb", "u1", "Warning", "ServiceMirroringSkipped", "no namespace", "linkerd-service-mirror-target");
        for (var i = 0; i < 3; i++)
        {
            Assert.True((await _writer.EmitEvent(skipped, Token)).IsDone);
        }
        var created = JsonNode.Parse(Assert.Single(_server.Requests, r => r.Method == "POST").Body)!;
        name = (string?)created["metadata"]!["name"];
        Assert.StartsWith("bb.", name, StringComparison.Ordinal);
        Assert.Equal(("bb", "u1"), ((string?)created["involvedObject"]!["name"], (string?)created["involvedObject"]!["uid"]));
        Assert.Equal(1, (int)created["count"]!);

        _time.Advance(EventRecorder.Quiet);
        _server.On($"GET {Events}/{name}", """{"metadata":{"name":"x"},"count":1}""").On($"PATCH {Events}/{name}", "{}");
        await _writer.EmitEvent(skipped, Token);
        Assert.Equal(4, (int)JsonNode.Parse(_server.Requests[^1].Body)!["count"]!);

        // Another silo, which remembers nothing, finds the same event.
        await Writer(_client).EmitEvent(skipped, Token);
        Assert.Equal("PATCH", _server.Requests[^1].Method);
        await _writer.EmitEvent(skipped with { Message = "something else" }, Token);
        Assert.Equal("POST", _server.Requests[^1].Method);
    }

    [Fact]
    public async Task EmitEvent_NotWritten_IsTriedAgainAtOnce()
    {
        var e = new ClusterEvent("v1", "Node", "", "n", "u", "Normal", "R", "m", "c");
        Assert.False((await _writer.EmitEvent(e, Token)).IsDone);
        _server.On("POST /api/v1/namespaces/default/events", "{}");
        Assert.True((await _writer.EmitEvent(e, Token)).IsDone);
        Assert.Equal("POST", _server.Requests[^1].Method);
    }

    [Fact]
    public async Task PatchRouteStatus_KeepsTheEntriesOfOtherControllers()
    {
        const string Path = "/apis/gateway.networking.k8s.io/v1/namespaces/mc-demo/grpcroutes/r";
        _server.On($"GET {Path}", """
            {"metadata":{"name":"r","namespace":"mc-demo","uid":"u1","resourceVersion":"5"},"status":{"parents":[
              {"parentRef":{"name":"gw"},"controllerName":"example.com/gateway","conditions":[]},
              {"parentRef":{"name":"old"},"controllerName":"mesh-orleans.io/route-controller","conditions":[]}]} }
            """);
        _server.On($"PATCH {Path}/status", "{}");
        var condition = new ObservedCondition("Accepted", "True", "Accepted", "", DateTimeOffset.UnixEpoch, 2);
        var result = await _writer.PatchRouteStatus(
            new RouteObject("gateway.networking.k8s.io", "v1", "GRPCRoute", "mc-demo", "r", "u1"),
            [new ObservedRouteParentStatus(new ObservedRouteParent("", "Service", null, "bb", null, 80), [condition])],
            Token);
        Assert.True(result.IsDone);
        var body = JsonNode.Parse(_server.Requests[^1].Body)!;
        Assert.Equal(("u1", "5"), ((string?)body["metadata"]!["uid"], (string?)body["metadata"]!["resourceVersion"]));
        var parents = body["status"]!["parents"]!.AsArray();
        Assert.Equal(["gw", "bb"], parents.Select(parent => (string?)parent!["parentRef"]!["name"]));
        Assert.Equal("""{"name":"bb","group":"","kind":"Service","port":80}""", parents[1]!["parentRef"]!.ToJsonString());
        Assert.Equal("Accepted", (string?)parents[1]!["conditions"]![0]!["reason"]);
    }

    private static MirrorServiceSpec Mirror(string? replaces) => new(
        "mc-demo",
        "bb-target",
        ImmutableSortedDictionary<string, string>.Empty.Add("mirror.linkerd.io/mirrored-service", "true"),
        ImmutableSortedDictionary<string, string>.Empty.Add("mirror.linkerd.io/remote-svc-fq-name", "bb.mc-demo.svc.cluster.local"),
        [new ServicePortSpec("", 8080, "TCP", "80"), new ServicePortSpec("b", 8081, "TCP", "http")],
        replaces);

    private ClusterWriter Writer(KubernetesClient client) => new(
        client,
        new EventRecorder(client, _time, "mesh-silo-0"),
        new WritingMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()),
        NullLogger<ClusterWriter>.Instance);
}
