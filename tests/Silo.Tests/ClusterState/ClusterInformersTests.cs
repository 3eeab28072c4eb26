using System.Collections.Concurrent;
using System.Threading.Channels;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Silo.ClusterState;
using Mesh.Silo.Configuration;
using Mesh.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Silo.Tests.ClusterState;

public sealed class ClusterInformersTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, string> _lists = new();
    private readonly ConcurrentDictionary<string, Channel<string>> _watches = new();
    private readonly ConcurrentQueue<ClusterChange> _changes = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LinkSeeds _seeds = new(NullLogger<LinkSeeds>.Instance);
    private FakeApiServer _server = null!;
    private KubernetesClient _client = null!;
    private ClusterView _view = null!;
    private ClusterInformers _informers = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _client = new KubernetesClient(new ClusterConnection(_server.Address));
        _view = new ClusterView(new SiloOptions { ClusterName = "east" }, NullLogger<ClusterView>.Instance);
        _view.Subscribe(new ClusterFilter(ClusterTopic.All), _changes.Enqueue);
        var metrics = new ClusterStateMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), _view);
        _informers = new ClusterInformers(_client, _view, _seeds, TimeProvider.System, metrics, NullLogger<ClusterInformers>.Instance);
        foreach (var path in new[] { "api/v1/namespaces", "api/v1/nodes", "api/v1/pods", "api/v1/services", "apis/apps/v1/replicasets", "apis/discovery.k8s.io/v1/endpointslices" })
        {
            Serve(path);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _informers.StopAsync(CancellationToken.None);
        _informers.Dispose();
        _client.Dispose();
        await _services.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Start_DefinitionsMissing_IsReadyWithoutThemAndFindsThemLater()
    {
        await StartAsync();
        Assert.Empty(_view.Links);
        Assert.Null(_informers.Missing);
        Serve("apis/multicluster.linkerd.io/v1alpha3/links", """
            {"metadata":{"name":"target","namespace":"mesh-multicluster","uid":"l1","resourceVersion":"1","generation":2,"annotations":
              {"multicluster.mesh-orleans.io/target-cluster":"east","multicluster.mesh-orleans.io/seeds":"10.10.1.5:11111, nonsense,10.10.2.5:11111"}},
             "spec":{"targetClusterName":"target","targetClusterDomain":"cluster.local","remoteDiscoverySelector":
              {"matchLabels":{"mirror.linkerd.io/exported":"remote-discovery"},"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]},
              "excludedLabels":["x/*"]},
             "status":{"mirrorServices":[{"controllerName":"linkerd.io/service-mirror","remoteRef":{"name":"bb","namespace":"mc-demo"},
              "conditions":[{"type":"Mirrored","status":"True","reason":"Mirrored","localRef":{"name":"bb-target","namespace":"mc-demo"}}]}]}}
            """);
        await UntilAsync(() => _view.Links.Count == 1);
        var link = _view.Links.Single();
        Assert.Equal(("target", "east", 2L), (link.TargetClusterName, link.TargetCluster, link.Generation));
        Assert.Null(link.Selector);
        Assert.Equal("remote-discovery", link.RemoteDiscoverySelector!.MatchLabels["mirror.linkerd.io/exported"]);
        Assert.Equal("b", link.RemoteDiscoverySelector.MatchExpressions[0].Values.Single());
        Assert.Equal(["x/*"], link.ExcludedLabels);
        var mirror = link.MirrorServices.Single();
        Assert.Equal(("bb", "mc-demo", "bb-target", "mc-demo"), (mirror.RemoteName, mirror.RemoteNamespace, mirror.LocalName, mirror.LocalNamespace));
        await UntilAsync(() => _seeds.Current.Count == 2);
        Assert.Equal(["10.10.1.5:11111", "10.10.2.5:11111"], _seeds.Current.Select(s => s.ToString()).Order());
    }

    [Fact]
    public async Task Servers_OneThatCannotBeRead_StillGovernsItsPort()
    {
        Serve("apis/policy.linkerd.io/v1beta3/servers", """
            {"metadata":{"name":"broken","namespace":"mc-demo","uid":"s1","resourceVersion":"1"},
             "spec":{"podSelector":"not an object","port":8080}}
            """);
        await StartAsync();
        await UntilAsync(() => _view.Servers("mc-demo").Count == 1);

        var broken = _view.Servers("mc-demo").Single();

        Assert.Equal(("broken", "8080"), (broken.Metadata.Name, broken.Port));
        Assert.NotNull(broken.PodSelector);
        Assert.NotNull(broken.AccessPolicy);
        Assert.Empty(_view.Servers("elsewhere"));
    }

    [Fact]
    public async Task Routes_OfThreeKinds_AreMappedByParentOnceTheirDefinitionsAreThere()
    {
        await StartAsync();
        Assert.Empty(_view.RoutesOf("mc-demo", "bb"));
        Serve("apis/gateway.networking.k8s.io/v1/httproutes", """
            {"metadata":{"name":"r","namespace":"clients","uid":"r1","resourceVersion":"1","generation":3,"annotations":{"retry.linkerd.io/http":"5xx"}},
             "spec":{"parentRefs":[{"group":"","kind":"Service","name":"bb","namespace":"mc-demo","port":8080}],"hostnames":["h"],
              "rules":[{"matches":[{"path":{"type":"Exact","value":"/a"},"method":"GET","headers":[{"name":"X","value":"1"}],"queryParams":[{"name":"q","value":"1"}]}],
               "filters":[{"type":"URLRewrite","urlRewrite":{}}],"backendRefs":[{"name":"bb","port":8080,"filters":[{"type":"URLRewrite"}]}],
               "timeouts":{"request":"10s","backendRequest":"1s"}}]},
             "status":{"parents":[{"parentRef":{"name":"x"},"controllerName":"other.example/c","conditions":[]},
              {"parentRef":{"group":"","kind":"Service","name":"bb","namespace":"mc-demo","port":8080},"controllerName":"mesh-orleans.io/route-controller",
               "conditions":[{"type":"Accepted","status":"True","reason":"Accepted"}]}]}}
            """);
        Serve("apis/policy.linkerd.io/v1beta3/httproutes", """
            {"metadata":{"name":"r","namespace":"clients","uid":"r2","resourceVersion":"1"},
             "spec":{"parentRefs":[{"group":"core","kind":"Service","name":"bb","namespace":"mc-demo"}],"rules":[{}]}}
            """);
        Serve("apis/gateway.networking.k8s.io/v1/grpcroutes", """
            {"metadata":{"name":"r","namespace":"mc-demo","uid":"r3","resourceVersion":"1"},
             "spec":{"parentRefs":[{"group":"","kind":"Service","name":"bb"}],"rules":[{"matches":[{"method":{"service":"s","method":"m"}}]}]}}
            """);
        await UntilAsync(() => _view.RoutesOf("mc-demo", "bb").Count == 3);
        Assert.Equal(["r1", "r2"], _view.Routes("clients").Select(route => route.Metadata.Uid).Order());
        var route = _view.Routes("clients").Single(route => route.Metadata.Uid == "r1");
        Assert.Equal(("HTTPRoute", "gateway.networking.k8s.io", 3L, "5xx"), (route.Kind, route.Group, route.Metadata.Generation, route.Annotations["retry.linkerd.io/http"]));
        var rule = route.Rules.Single();
        Assert.Equal(("/a", "Exact", "GET", true), (rule.Matches[0].Path, rule.Matches[0].PathType, rule.Matches[0].Method, rule.Matches[0].HasQueryParams));
        Assert.Equal(("X", "1"), (rule.Matches[0].Headers[0].Name, rule.Matches[0].Headers[0].Value));
        Assert.Equal(("10s", "1s", "URLRewrite", true), (rule.RequestTimeout, rule.BackendTimeout, rule.Filters[0], rule.Backends[0].HasFilters));
        Assert.Equal(route.Parents[0], Assert.Single(route.ParentStatuses).Parent);
        Assert.Equal("Accepted", route.ParentStatuses[0].Conditions[0].Reason);
        Assert.Equal(new ObservedGrpcMethod(null, "s", "m"), _view.Routes("mc-demo").Single().Rules[0].Matches[0].Grpc);
    }

    [Fact]
    public async Task Start_NotListedYet_SaysWhatIsMissing()
    {
        _server.On("GET /api/v1/pods", "{}", 500);
        await _informers.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync(() => _informers.Missing == "the API server has not yet listed pods");
        Serve("api/v1/pods");
        await UntilAsync(() => _informers.Missing is null);
    }

    [Fact]
    public async Task Pods_OfADeployment_HaveItAsTheirOwnerHoweverTheReplicaSetArrives()
    {
        await StartAsync();
        Send("api/v1/pods", "ADDED", Pod("bb-6f-x", "bb-6f", hash: "6f"));
        Send("api/v1/pods", "ADDED", Pod("lone-x", "lone", hash: null));
        await UntilAsync(() => _view.Pods.Count == 2);
        Assert.Equal(("deployment", "bb"), Owner("bb-6f-x"));
        Assert.Equal(("replicaset", "lone"), Owner("lone-x"));
        Send("apis/apps/v1/replicasets", "ADDED", """
            {"metadata":{"name":"lone","namespace":"mc-demo","uid":"r1","resourceVersion":"7",
             "ownerReferences":[{"kind":"Deployment","name":"parent","uid":"d1","controller":true}]}}
            """);
        await UntilAsync(() => Owner("lone-x") == ("deployment", "parent"));
    }

    [Fact]
    public async Task Pod_Everything_IsMappedAndIndexed()
    {
        await StartAsync();
        Send("api/v1/pods", "ADDED", """
            {"metadata":{"name":"bb","namespace":"mc-demo","uid":"p1","resourceVersion":"3","labels":{"app":"bb"},"annotations":{"linkerd.io/inject":"enabled"}},
             "spec":{"nodeName":"east-1","serviceAccountName":"bb","initContainers":[{"name":"once","ports":[{"containerPort":1}]},
               {"name":"side","restartPolicy":"Always","ports":[{"containerPort":2,"name":"side"}]}],
              "containers":[{"name":"main","ports":[{"containerPort":8080,"name":"http"},{"containerPort":53,"protocol":"UDP"}],
               "livenessProbe":{"httpGet":{"path":"/live","port":"http"}},"readinessProbe":{"httpGet":{"path":"/ready","port":8080,"scheme":"HTTPS"}},
               "startupProbe":{"tcpSocket":{"port":8080}}}]},
             "status":{"phase":"Running","podIP":"10.10.1.5","podIPs":[{"ip":"10.10.1.5"},{"ip":"fd00::5"}],"conditions":[{"type":"Ready","status":"True"}]}}
            """);
        await UntilAsync(() => _view.Pods.Count == 1);
        var pod = Assert.Single(_view.PodsByIp("fd00::5"));
        Assert.Same(pod, Assert.Single(_view.PodsOnNode("east-1")));
        Assert.Same(pod, Assert.Single(_view.PodsInNamespace("mc-demo")));
        Assert.Same(pod, _view.Pod("mc-demo", "bb"));
        Assert.Equal(("pod", "bb", "bb", "Running", true, false, false), (pod.OwnerKind, pod.OwnerName, pod.ServiceAccount, pod.Phase, pod.Ready, pod.Terminating, pod.HostNetwork));
        Assert.Equal(
            [new ObservedContainerPort("main", "http", 8080), new ObservedContainerPort("main", "", 53, "UDP"), new ObservedContainerPort("side", "side", 2)],
            pod.ContainerPorts);
        Assert.Equal([new ObservedHttpProbe("main", "http", "/live")], pod.HttpProbes);
        Assert.Contains(_changes, c => c is { Topic: ClusterTopic.Pods, Namespace: "mc-demo", Name: "bb", Node: "east-1" } && c.Ips.Length == 2);

        Send("api/v1/pods", "DELETED", """{"metadata":{"name":"bb","namespace":"mc-demo","uid":"p1","resourceVersion":"4"}}""");
        await UntilAsync(() => _view.Pods.Count == 0);
        Assert.Empty(_view.PodsByIp("fd00::5"));
        await UntilAsync(() => _changes.Count(c => c.Name == "bb" && c.Node == "east-1" && c.Ips.Length == 2) == 2);
    }

    [Fact]
    public async Task Service_ChangesAndSlices_AreMapped()
    {
        await StartAsync();
        Send("api/v1/services", "ADDED", """
            {"metadata":{"name":"bb","namespace":"mc-demo","uid":"s1","resourceVersion":"3"},
             "spec":{"clusterIP":"10.110.0.7","clusterIPs":["10.110.0.7","FD00:1:0:0::7"],"ipFamilies":["IPv4","IPv6"],"ipFamilyPolicy":"PreferDualStack",
              "trafficDistribution":"PreferClose","ports":[{"name":"http","port":8080,"targetPort":"web","appProtocol":"http"},{"port":9}]}}
            """);
        Send("api/v1/services", "ADDED", """
            {"metadata":{"name":"headless","namespace":"mc-demo","uid":"s2","resourceVersion":"4"},"spec":{"clusterIP":"None","clusterIPs":["None"]}}
            """);
        Send("apis/discovery.k8s.io/v1/endpointslices", "ADDED", Slice("bb", "5"));
        await UntilAsync(() => _view.Services.Count == 2 && _view.EndpointSlices("mc-demo", "bb").Count == 1);
        Assert.Equal((2, 0), (_view.ServicesInNamespace("mc-demo").Count, _view.ServicesInNamespace("other").Count));
        var service = _view.ServiceByClusterIp("10.110.0.7")!;
        Assert.Equal(("ClusterIP", false, "web", "http"), (service.Type, service.Headless, service.Ports[0].TargetPort, service.Ports[0].AppProtocol));
        Assert.Equal("", service.Ports[1].TargetPort);
        Assert.True(_view.Service("mc-demo", "headless") is { Headless: true, ClusterIps.IsEmpty: true });
        Assert.Equal(("PreferClose", "IPv4 IPv6", "PreferDualStack"), (service.TrafficDistribution, string.Join(' ', service.IpFamilies), service.IpFamilyPolicy));
        Assert.Same(service, _view.ServiceByClusterIp("fd00:1::7"));
        var endpoints = _view.EndpointSlices("mc-demo", "bb").Single().Endpoints;
        Assert.Equal(("z1 z2", "n1", 0), (string.Join(' ', endpoints[0].ForZones), string.Join(' ', endpoints[0].ForNodes), endpoints[1].ForZones.Length));
        Assert.Equal([(true, false, "bb-1"), (false, true, null), (true, false, null)], endpoints.Select(e => (e.Ready, e.Terminating, e.Pod)));

        // It changes hands: both services hear of it.
        _changes.Clear();
        Send("apis/discovery.k8s.io/v1/endpointslices", "MODIFIED", Slice("headless", "6"));
        await UntilAsync(() => _changes.Count == 2);
        Assert.Equal(["bb", "headless"], _changes.Select(c => c.Name).Order());
        Assert.Empty(_view.EndpointSlices("mc-demo", "bb"));
    }

    [Fact]
    public async Task Policies_FieldsAbsent_AreNullAndNotEmpty()
    {
        Serve("apis/policy.linkerd.io/v1beta3/servers", """
            {"apiVersion":"policy.linkerd.io/v1beta3","metadata":{"name":"bb","namespace":"mc-demo","resourceVersion":"1"},
             "spec":{"podSelector":{},"port":"http","proxyProtocol":"HTTP/1"}}
            """);
        Serve("apis/policy.linkerd.io/v1alpha1/authorizationpolicies", """
            {"metadata":{"name":"none","namespace":"mc-demo","resourceVersion":"1"},"spec":{}},
            {"metadata":{"name":"empty","namespace":"mc-demo","resourceVersion":"1"},"spec":{"targetRef":{"group":"policy.linkerd.io","kind":"Server","name":"bb"},"requiredAuthenticationRefs":[]}}
            """);
        Serve("apis/policy.linkerd.io/v1alpha1/meshtlsauthentications", """
            {"metadata":{"name":"bb-good","namespace":"mc-demo","resourceVersion":"1"},"spec":{"identities":["a.b"]}}
            """);
        Serve("apis/policy.linkerd.io/v1alpha1/networkauthentications", """
            {"metadata":{"name":"net","namespace":"mc-demo","resourceVersion":"1"},"spec":{"networks":[{"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]}]}}
            """);
        await StartAsync();
        var server = _view.Servers("mc-demo").Single();
        Assert.Equal(("v1beta3", "http", "HTTP/1", null), (server.ApiVersion, server.Port, server.ProxyProtocol, server.AccessPolicy));
        Assert.Empty(server.PodSelector!.MatchLabels);
        Assert.False(server.HasExternalWorkloadSelector);
        var policies = _view.AuthorizationPolicies("mc-demo").ToDictionary(p => p.Metadata.Name);
        Assert.Null(policies["none"].TargetRef);
        Assert.Null(policies["none"].RequiredAuthenticationRefs);
        Assert.Equal(new ObservedReference("policy.linkerd.io", "Server", "bb"), policies["empty"].TargetRef);
        Assert.Empty(policies["empty"].RequiredAuthenticationRefs!.Value);
        Assert.Equal(["a.b"], _view.MeshTlsAuthentication("mc-demo", "bb-good")!.Identities!.Value);
        Assert.Null(_view.MeshTlsAuthentication("mc-demo", "bb-good")!.IdentityRefs);
        Assert.Equal(["10.1.0.0/16"], _view.NetworkAuthentication("mc-demo", "net")!.Networks!.Value.Single().Except);
    }

    [Fact]
    public async Task Policy_ThatCannotBeMapped_DoesNotEndTheSilo()
    {
        Serve("apis/policy.linkerd.io/v1alpha1/authorizationpolicies");
        await StartAsync();
        Send("apis/policy.linkerd.io/v1alpha1/authorizationpolicies", "ADDED", """
            {"metadata":{"name":"odd","namespace":"mc-demo","resourceVersion":"5"},"spec":{"requiredAuthenticationRefs":[null]}}
            """);
        Send("apis/policy.linkerd.io/v1alpha1/authorizationpolicies", "ADDED", """
            {"metadata":{"name":"good","namespace":"mc-demo","resourceVersion":"6"},"spec":{"requiredAuthenticationRefs":[]}}
            """);
        await UntilAsync(() => _view.AuthorizationPolicies("mc-demo").Any(p => p.Metadata.Name == "good"));
    }

    [Fact]
    public async Task Subscribe_Filter_HearsOnlyWhatItAskedForAndNothingAfterDisposal()
    {
        await StartAsync();
        var heard = new ConcurrentQueue<ClusterChange>();
        var subscription = _view.Subscribe(new ClusterFilter(ClusterTopic.Services, "mc-demo", "bb"), heard.Enqueue);
        _view.Announce(new ClusterChange(ClusterTopic.Services, "mc-demo", "bb"));
        _view.Announce(new ClusterChange(ClusterTopic.Services, "mc-demo", "other"));
        _view.Announce(new ClusterChange(ClusterTopic.Pods, "mc-demo", "bb"));
        Assert.Single(heard);
        subscription.Dispose();
        _view.Announce(new ClusterChange(ClusterTopic.Services, "mc-demo", "bb"));
        Assert.Single(heard);
    }

    private static string Pod(string name, string replicaSet, string? hash) => $$"""
        {"metadata":{"name":"{{name}}","namespace":"mc-demo","uid":"{{name}}","resourceVersion":"3","labels":{ {{(hash is null ? "" : $"\"pod-template-hash\":\"{hash}\"")}} },
         "ownerReferences":[{"kind":"ReplicaSet","name":"{{replicaSet}}","uid":"x","controller":true}]} }
        """;

    private static string Slice(string service, string version) => $$$"""
        {"metadata":{"name":"bb-slice","namespace":"mc-demo","uid":"e1","resourceVersion":"{{{version}}}","labels":{"kubernetes.io/service-name":"{{{service}}}"}},
         "addressType":"IPv4","ports":[{"name":"http","port":8080}],
         "endpoints":[{"addresses":["10.10.1.5"],"hints":{"forZones":[{"name":"z1"},{"name":"z2"}],"forNodes":[{"name":"n1"}]},"targetRef":{"kind":"Pod","name":"bb-1","namespace":"mc-demo"}},
          {"addresses":["10.10.1.6"],"conditions":{"ready":false,"terminating":true}},
          {"addresses":["10.10.1.7"],"conditions":{"ready":true},"targetRef":{"kind":"Pod","name":"x","namespace":"elsewhere"}}]}
        """;

    private (string, string) Owner(string pod) => _view.Pod("mc-demo", pod) is { } p ? (p.OwnerKind, p.OwnerName) : default;

    private async Task StartAsync()
    {
        await _informers.StartAsync(TestContext.Current.CancellationToken);
        await _view.Synced.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private Task UntilAsync(Func<bool> condition) => Eventually.Holds(
        condition, Patience, () => $"missing: {_informers.Missing}; pods: {string.Join(", ", _view.Pods)}", TestContext.Current.CancellationToken);

    private void Serve(string path, string items = "")
    {
        _lists[path] = items;
        var watch = _watches.GetOrAdd(path, _ => Channel.CreateUnbounded<string>());
        _server.On("GET /" + path, async context =>
        {
            context.Response.ContentType = "application/json";
            if (!context.Request.Query.ContainsKey("watch"))
            {
                await context.Response.WriteAsync(
                    "{\"metadata\":{\"resourceVersion\":\"2\"},\"items\":[" + _lists[path] + "]}", context.RequestAborted);
                return;
            }
            await context.Response.StartAsync(context.RequestAborted);
            await foreach (var line in watch.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(line + "\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
    }

    private void Send(string path, string type, string json) =>
        _watches[path].Writer.TryWrite("{\"type\":\"" + type + "\",\"object\":" + json.ReplaceLineEndings(" ") + "}");
}
