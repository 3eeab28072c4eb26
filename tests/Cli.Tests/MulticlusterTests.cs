using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Multicluster;

namespace Mesh.Cli.Tests;

public sealed class MulticlusterTests : CliFixture
{
    private const string ConfigMap = "GET /api/v1/namespaces/mesh-system/configmaps/mesh-config";
    private const string Pods = "GET /api/v1/namespaces/mesh-system/pods";
    private const string Links = "GET /apis/multicluster.linkerd.io/v1alpha3/links";

    [Fact]
    public async Task Link_TwoSilos_IsALinkWithoutCredentials()
    {
        Target();
        Assert.Equal(0, await MeshAsync("multicluster", "link", "--cluster-name=target", "--gateway=false"));
        Assert.Equal("""
            ---
            apiVersion: multicluster.linkerd.io/v1alpha3
            kind: Link
            metadata:
              name: target
              namespace: mesh-multicluster
              annotations:
                linkerd.io/created-by: mesh/cli 0.1.0
                multicluster.mesh-orleans.io/seeds: 10.10.1.5:11111,10.10.2.7:11111
                multicluster.mesh-orleans.io/target-cluster: east
            spec:
              targetClusterName: target
              targetClusterDomain: east.local
              targetClusterLinkerdNamespace: mesh-system
              remoteDiscoverySelector:
                matchLabels:
                  mirror.linkerd.io/exported: remote-discovery
              federatedServiceSelector:
                matchLabels:
                  mirror.linkerd.io/federated: member

            """, Output);
        Assert.Contains("1 of 2 silos of east are not ready", Error);
    }

    [Fact]
    public async Task LinkGen_WithOptionsAsJson_HasThem()
    {
        Target();
        Assert.Equal(0, await MeshAsync(
            "mc", "link-gen", "--cluster-name", "t", "-n", "links", "-o", "json", "--excluded-labels", "a/*,b", "--excluded-annotations", "c",
            "--selector", "x=y", "--remote-discovery-selector", "tier in (a,b), !hidden"));
        var link = JsonNode.Parse(Output)!;
        Assert.Equal("links", (string)link["metadata"]!["namespace"]!);
        Assert.Equal("""["a/*","b"]""", link["spec"]!["excludedLabels"]!.ToJsonString());
        Assert.Equal("""["c"]""", link["spec"]!["excludedAnnotations"]!.ToJsonString());
        Assert.Equal("y", (string)link["spec"]!["selector"]!["matchLabels"]!["x"]!);
        Assert.Equal(
            """{"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},{"key":"hidden","operator":"DoesNotExist"}]}""",
            link["spec"]!["remoteDiscoverySelector"]!.ToJsonString());
    }

    [Fact]
    public async Task Link_MeshNotInstalled_SaysWhatToRun()
    {
        Assert.Equal(1, await MeshAsync("multicluster", "link", "--cluster-name=target"));
        Assert.Contains("Run `mesh --context east install", Error);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Link_NoSiloRuns_SaysSo()
    {
        Target();
        Api.On(Pods, """{"items":[]}""");
        Assert.Equal(1, await MeshAsync("multicluster", "link", "--cluster-name=target"));
        Assert.Contains("No silo of the mesh runs in east", Error);
    }

    [Fact]
    public async Task Links_OneSilent_IsInTheTableAndSaidBesideIt()
    {
        Status();
        Assert.Equal(0, await MeshAsync("multicluster", "links"));
        Assert.Equal("""
            NAMESPACE          LINK   CLUSTER  STATE      SINCE  SILOS  MIRRORS
            mesh-multicluster  north  north    Connected      -    2/2        3
            mesh-multicluster  south  south    Suspect       2h    0/1        1

            """, Output);
        Assert.Equal("mesh: Link south to cluster south is Suspect. No silo there answers.\n", Error);
    }

    [Fact]
    public async Task Links_Json_IsWhatTheSiloSays()
    {
        Status();
        Assert.Equal(0, await MeshAsync("mc", "links", "-o", "json"));
        Assert.Equal("Suspect", (string)JsonNode.Parse(Output)![1]!["state"]!);
        Assert.Empty(Error);
    }

    [Fact]
    public async Task Unlink_LinkIsThere_IsJustEnoughToDeleteIt()
    {
        Api.On("GET /apis/multicluster.linkerd.io/v1alpha3/namespaces/mesh-multicluster/links/target", """{"metadata":{"name":"target"}}""");
        Assert.Equal(0, await MeshAsync("multicluster", "unlink", "--cluster-name", "target"));
        Assert.Equal("""
            ---
            apiVersion: multicluster.linkerd.io/v1alpha3
            kind: Link
            metadata:
              name: target
              namespace: mesh-multicluster

            """, Output);
    }

    [Fact]
    public async Task Unlink_NoSuchLink_NamesTheOthers()
    {
        Api.On(Links, """{"items":[{"metadata":{"name":"other","namespace":"n"}}]}""");
        Assert.Equal(1, await MeshAsync("multicluster", "unlink", "--cluster-name", "target"));
        Assert.Contains("Links there: n/other", Error);
    }

    [Fact]
    public async Task Uninstall_StillLinked_Refuses()
    {
        Api.On(Links, """{"items":[{"metadata":{"name":"other","namespace":"n"}}]}""");
        Assert.Equal(1, await MeshAsync("multicluster", "uninstall"));
        Assert.Contains("n/other", Error);
        Api.On(Links, """{"items":[]}""");
        Assert.Equal(0, await MeshAsync("multicluster", "uninstall"));
        Assert.Contains("name: mesh-multicluster", Output);
    }

    [Fact]
    public async Task Install_WithoutGateway_IsTheNamespace()
    {
        Assert.Equal(0, await MeshAsync("multicluster", "install", "--gateway=false"));
        Assert.Contains("name: mesh-multicluster", Output);
        Assert.DoesNotContain("${", Output);
    }

    [Theory]
    [InlineData("a=b", "a=b", "")]
    [InlineData("a == b , c!=d", "a=b", "c NotIn d")]
    [InlineData("x notin (a, b),y", "", "x NotIn a b;y Exists")]
    [InlineData("", "", "")]
    [InlineData("a.io/b-c=", "a.io/b-c=", "")]
    public void Parse_Selector_IsRead(string text, string labels, string expressions)
    {
        var selector = LabelSelectorText.Parse(text);
        Assert.Equal(labels, string.Join(',', selector.MatchLabels.Select(l => $"{l.Key}={l.Value}")));
        Assert.Equal(expressions, string.Join(';', selector.MatchExpressions.Select(e => string.Join(' ', [e.Key, e.Operator, .. e.Values]))));
    }

    [Theory]
    [InlineData("a in b")]
    [InlineData("=b")]
    [InlineData("a=b c=d")]
    [InlineData("a in ()")]
    public void Parse_NoSelector_IsRefused(string text) => Assert.Throws<UsageException>(() => LabelSelectorText.Parse(text));

    private void Target() => Api
        .On(ConfigMap, """{"data":{"clusterName":"east","clusterDomain":"east.local"}}""")
        .On(Pods, """
            {"items":[
              {"metadata":{"name":"mesh-silo-1"},"status":{"phase":"Running","podIP":"10.10.2.7","conditions":[{"type":"Ready","status":"False"}]}},
              {"metadata":{"name":"mesh-silo-0"},"status":{"phase":"Running","podIP":"10.10.1.5","conditions":[{"type":"Ready","status":"True"}]}},
              {"metadata":{"name":"leaving","deletionTimestamp":"2026-01-01T00:00:00Z"},"status":{"phase":"Running","podIP":"10.10.1.9"}},
              {"metadata":{"name":"pending"},"status":{"phase":"Pending"}}]}
            """);

    private void Status()
    {
        var since = TimeProvider.System.GetUtcNow().AddHours(-2).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        Api.On("POST /api/v1/namespaces/mesh-system/serviceaccounts/mesh-viz/token", """{"status":{"token":"a-token"}}""", 201)
            .On(Links, $$$"""
                {"items":[{"metadata":{"name":"north","namespace":"mesh-multicluster"},"spec":{"targetClusterName":"north"}},
                          {"metadata":{"name":"south","namespace":"mesh-multicluster"},"spec":{"targetClusterName":"south"},
                           "status":{"conditions":[{"type":"Connected","status":"False","lastTransitionTime":"{{{since}}}"}]}}]}
                """)
            .On("GET /api/v1/namespaces/mesh-system/services/mesh-viz:8084/proxy/api/v1/status", """
                {"cluster":"east","version":"0.1.0","engine":"Embedded","nodes":[],
                 "silos":[{"address":"a","cluster":"east","alive":true},{"address":"b","cluster":"north","alive":true},
                          {"address":"c","cluster":"north","alive":true},{"address":"d","cluster":"south","alive":false}],
                 "links":[{"name":"north","namespace":"mesh-multicluster","targetCluster":"north","state":"Connected","message":"","mirrors":3},
                          {"name":"south","namespace":"mesh-multicluster","targetCluster":"south","state":"Suspect",
                           "message":"No silo there answers.","mirrors":1}]}
                """);
    }
}
