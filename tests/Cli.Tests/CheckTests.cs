using System.Text.Json.Nodes;
using Mesh.Cli.Check;
using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;
using Mesh.Testing;

namespace Mesh.Cli.Tests;

public sealed class CheckTests : CliFixture
{
    private const string Viz = "GET /api/v1/namespaces/mesh-system/services/mesh-viz:8084/proxy/api/v1/";
    private const string Core = "GET /api/v1/namespaces/mesh-system/";

    [Fact]
    public async Task Check_EverythingIsWell_Is0InLinkerdsFormat()
    {
        await ClusterAsync();
        Assert.True(await MeshAsync("check", "--proxy", "--wait", "0s") == 0, Output);
        Assert.StartsWith("""
            kubernetes-api
            --------------
            √ can initialize the client
            √ can query the Kubernetes API

            kubernetes-version
            ------------------
            √ is running the minimum Kubernetes API version

            mesh-config
            -----------
            √ control plane Namespace exists

            """.TrimEnd('\n'), Output);
        Assert.DoesNotContain('×', Output);
        Assert.DoesNotContain('‼', Output);
        Assert.EndsWith("Status check results are √\n", Output);
    }

    [Fact]
    public async Task Check_NotInstalled_StopsThereWithAHint()
    {
        Api.On("GET /version", """{"major":"1","minor":"28+"}""");
        Assert.Equal(1, await MeshAsync("check", "--wait", "0s"));
        Assert.Contains("""
            × control plane Namespace exists
                Namespace mesh-system is missing
                hint: run `mesh install | kubectl apply -f -`

            Status check results are ×
            """, Output);
        Assert.DoesNotContain("ClusterRoles", Output);
    }

    [Fact]
    public async Task Check_OldCluster_IsAnErrorThatEndsNothing()
    {
        Api.On("GET /version", """{"major":"1","minor":"19"}""");
        Assert.Equal(1, await MeshAsync("check", "-o", "short", "--wait", "0s"));
        Assert.Contains("Kubernetes is on version 1.19, but 1.20 or newer is required", Output);
        Assert.Contains("mesh-config", Output);
        Assert.DoesNotContain('√', Output);
    }

    [Fact]
    public async Task Check_Json_HasLinkerdsNames()
    {
        Api.On("GET /version", """{"major":"1","minor":"28"}""");
        Assert.Equal(1, await MeshAsync("check", "-o", "json", "--wait", "0s"));
        var report = JsonNode.Parse(Output)!;
        Assert.False((bool)report["success"]!);
        Assert.Equal("kubernetes-api", (string)report["categories"]![0]!["categoryName"]!);
        Assert.Equal("success", (string)report["categories"]![0]!["checks"]![0]!["result"]!);
        Assert.Equal("error", (string)report["categories"]![2]!["checks"]![0]!["result"]!);
    }

    [Fact]
    public async Task Check_SiloWithoutProxySession_NamesTheNode()
    {
        await ClusterAsync();
        Api.On(Viz + "status", Status().Replace("\"east-1\",", ""));
        Assert.Equal(1, await MeshAsync("check", "--wait", "0s"));
        Assert.Contains("no session of east-1", Output);
    }

    [Fact]
    public async Task Check_AddressOutsideOfClusterNetworks_NamesIt()
    {
        await ClusterAsync();
        Api.On("GET /api/v1/services", """{"items":[{"metadata":{"name":"s","namespace":"n"},"spec":{"clusterIP":"8.8.8.8"}}]}""");
        Assert.Equal(1, await MeshAsync("check", "--wait", "0s"));
        Assert.Contains("not in clusterNetworks: service n/s 8.8.8.8", Output);
    }

    [Fact]
    public async Task CheckProxy_PodNotInTheMesh_IsNamed()
    {
        await ClusterAsync();
        Api.On(Viz + "stat", """[{"namespace":"mc-demo","kind":"pod","name":"bb-1","meshed":"0/1"}]""");
        Assert.Equal(1, await MeshAsync("check", "--proxy", "-n", "mc-demo", "--wait", "0s"));
        Assert.Contains("not in the mesh: mc-demo/bb-1", Output);
    }

    [Fact]
    public async Task CheckPre_FreshCluster_Is0()
    {
        Api.On("GET /version", """{"major":"1","minor":"28"}""")
            .On("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", """{"status":{"allowed":true}}""");
        Assert.True(await MeshAsync("check", "--pre") == 0, Output);
        Api.On("POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", """{"status":{"allowed":false,"reason":"no"}}""");
        Assert.Equal(1, await MeshAsync("check", "--pre"));
        Assert.Contains("not authorized to create namespaces", Output);
    }

    [Fact]
    public async Task MulticlusterCheck_ConnectedLink_Is0AndOthersAreNamed()
    {
        await ClusterAsync();
        Assert.True(await MeshAsync("multicluster", "check", "--wait", "0s") == 0, Output);
        Api.On(Viz + "status", Status().Replace("Connected", "Suspect").Replace("\"message\":\"\"", "\"message\":\"no answer\""));
        Assert.Equal(1, await MeshAsync("multicluster", "check", "--wait", "0s"));
        Assert.Contains("mesh-multicluster/target (west): Suspect, no answer", Output);
    }

    [Fact]
    public async Task MulticlusterCheck_LinkWithoutSeedsAndOrphanedMirror_AreNamed()
    {
        await ClusterAsync();
        Api.On("GET /apis/multicluster.linkerd.io/v1alpha3/links", """
            {"items":[{"metadata":{"name":"target","namespace":"n"},"spec":{"targetClusterName":"Bad","remoteDiscoverySelector":{}}},
                      {"metadata":{"name":"broken","namespace":"n"},"spec":[]}]}
            """);
        Assert.Equal(1, await MeshAsync("multicluster", "check", "--wait", "0s"));
        Assert.Contains("n/broken cannot be read", Output);
        Assert.Contains("its selectors are empty", Output);
        Assert.Contains("without the annotation multicluster.mesh-orleans.io/seeds", Output);
        Assert.Contains("cannot be part of service names", Output);
    }

    [Fact]
    public async Task VizCheck_SiloAnswers_Is0()
    {
        await ClusterAsync();
        Api.On(Core + "services/mesh-viz", """{"metadata":{"name":"mesh-viz"}}""");
        Assert.True(await MeshAsync("viz", "check", "--wait", "0s") == 0, Output);
    }

    [Fact]
    public async Task RunAsync_RetriedCheck_IsTriedUntilItHoldsOrTimeIsOver()
    {
        var time = new ManualTimeProvider();
        var tries = 0;
        var item = new CheckItem("becomes ready", "wait", _ => ++tries < 3 ? throw new CheckFailedException("not yet") : Task.CompletedTask) { Retry = true };
        Assert.True(await RunAsync(time, item));
        Assert.Equal(3, tries);
        tries = int.MinValue;
        Assert.False(await RunAsync(time, item));
    }

    [Fact]
    public async Task RunAsync_Warning_IsNoFailure() =>
        Assert.True(await RunAsync(new ManualTimeProvider(), new CheckItem("nice", "do", _ => throw new CheckFailedException("no")) { Warning = true }));

    private static async Task<bool> RunAsync(ManualTimeProvider time, CheckItem item)
    {
        var report = new JsonCheckReport(TextWriter.Null);
        var run = new CheckRunner(time, TimeSpan.FromSeconds(10)).RunAsync([new CheckCategory("c", [item])], report, TestContext.Current.CancellationToken);
        while (!run.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        return await run;
    }

    private static string Status() => """
        {"cluster":"east","version":"0.1.0","engine":"Embedded","nodes":["east-1","east-2"],
         "silos":[{"address":"a","cluster":"east","alive":true},{"address":"c","cluster":"east","alive":true},{"address":"b","cluster":"west","alive":true}],
         "links":[{"name":"target","namespace":"mesh-multicluster","targetCluster":"west","state":"Connected","message":"","mirrors":1}]}
        """;

    /// <summary>A cluster in which all is well: what install renders, and pods and nodes that are ready.</summary>
    [Fact]
    public async Task Check_NoGatewayApi_WarnsAndSaysWhatInstallsIt()
    {
        await ClusterAsync("installGatewayAPI=false");
        Assert.True(await MeshAsync("check", "--wait", "0s") == 0, Output);
        Assert.Contains("""
            ‼ Gateway API routes can be made
                missing CustomResourceDefinition: httproutes.gateway.networking.k8s.io, grpcroutes.gateway.networking.k8s.io
            """, Output);
        Assert.Contains("--set installGatewayAPI=true", Output);
    }

    private async Task ClusterAsync(string values = "installGatewayAPI=true")
    {
        Assert.Equal(0, await MeshAsync("install", "--ignore-cluster", "--set", values));
        foreach (var item in KubernetesYaml.ReadAll(Output))
        {
            var (kind, name, ns) = ((string)item["kind"]!, (string)item["metadata"]!["name"]!, (string?)item["metadata"]!["namespace"]);
            var group = (string)item["apiVersion"]!;
            var root = group.Contains('/') ? $"/apis/{group}" : $"/api/{group}";
            Api.On($"GET {root}{(ns is null ? "" : $"/namespaces/{ns}")}/{kind.ToLowerInvariant()}s/{name}", item.ToJsonString());
        }
        const string Pods = """
            {"items":[{"metadata":{"name":"a","namespace":"mesh-system"},"spec":{"nodeName":"east-1"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}},
                      {"metadata":{"name":"b","namespace":"mesh-system"},"spec":{"nodeName":"east-2"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}]}
            """;
        const string MeshedPods = """
            {"items":[{"metadata":{"name":"bb-1","namespace":"mc-demo"},"status":{"phase":"Running","podIP":"10.10.1.9"}}]}
            """;
        Api.On("GET /version", """{"major":"1","minor":"28"}""")
            .On(Core + "pods", Pods)
            .On("GET /api/v1/pods", MeshedPods)
            .On("GET /api/v1/namespaces/mc-demo/pods", MeshedPods)
            .On("GET /api/v1/namespaces/mc-demo", """{"metadata":{"name":"mc-demo"}}""")
            .On("GET /api/v1/namespaces/mc-demo/services", """{"items":[]}""")
            .On("GET /api/v1/namespaces", """{"items":[{"metadata":{"name":"mc-demo","annotations":{"linkerd.io/inject":"enabled"}}}]}""")
            .On("GET /api/v1/services", """{"items":[{"metadata":{"name":"s","namespace":"n"},"spec":{"clusterIP":"10.110.0.1"}},{"metadata":{"name":"h"},"spec":{"clusterIP":"None"}}]}""")
            .On("GET /api/v1/nodes", """
                {"items":[{"metadata":{"name":"east-1"},"spec":{"podCIDR":"10.10.1.0/24"},"status":{"conditions":[{"type":"Ready","status":"True"}]}},
                          {"metadata":{"name":"east-2"},"status":{"conditions":[{"type":"Ready","status":"True"}]}},
                          {"metadata":{"name":"gone"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}]}
                """)
            .On("GET /apis/multicluster.linkerd.io/v1alpha3/links", $$"""
                {"items":[{"metadata":{"name":"target","namespace":"mesh-multicluster","annotations":{"multicluster.mesh-orleans.io/seeds":"a:1",
                  "linkerd.io/created-by":"mesh/cli {{MeshNames.Version}}"} },
                  "spec":{"targetClusterName":"target","remoteDiscoverySelector":{"matchLabels":{"a":"b"} } } }]}
                """)
            .On("POST /api/v1/namespaces/mesh-system/serviceaccounts/mesh-viz/token", """{"status":{"token":"t"}}""", 201)
            .On(Viz + "status", Status())
            .On(Viz + "stat", """[{"namespace":"mc-demo","kind":"pod","name":"bb-1","meshed":"1/1"}]""");
    }
}
