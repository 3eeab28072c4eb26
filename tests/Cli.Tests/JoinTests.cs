using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes;
using Mesh.Testing;

namespace Mesh.Cli.Tests;

/// <summary>West joins east; east is the cluster of the fixture.</summary>
public sealed class JoinTests : CliFixture
{
    private const string Core = "/api/v1/namespaces/mesh-system/";
    private const string Group = "/apis/membership.mesh-orleans.io/v1alpha1/namespaces/mesh-system/";
    private const string Slices = "GET /apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    private static readonly string Anchor = Certificate("anchor");

    [Fact]
    public async Task Install_Join_PrintsTheSecretForTheHome()
    {
        await using var west = await ClustersAsync();
        Assert.Equal(0, await JoinAsync());
        var objects = KubernetesYaml.ReadAll(Output);
        Assert.Equal(
            ["Namespace", "ServiceAccount", "Role", "RoleBinding", "Secret"], objects.Select(o => (string)o["kind"]!));
        var secret = objects[^1];
        Assert.Equal((HomeSecret.Name, "mesh-system"), ((string)secret["metadata"]!["name"]!, (string)secret["metadata"]!["namespace"]!));
        Assert.Equal("east", Data(secret, HomeSecret.Cluster));
        Assert.Equal("https://10.20.0.1:6443/", Data(secret, HomeSecret.Server));
        Assert.Equal("authority", Data(secret, HomeSecret.Authority));
        Assert.Equal("mesh-system", Data(secret, HomeSecret.Namespace));
        Assert.Equal(HomeSecret.DefaultAccount, Data(secret, HomeSecret.Account));
        Assert.Equal("made", Data(secret, HomeSecret.Token));
        Assert.Contains("leads to this machine", Error);
        var asked = Api.Requests.Single(r => r.Path.EndsWith("/token", StringComparison.Ordinal));
        Assert.Equal(2592000, (int)JsonNode.Parse(asked.Body)!["spec"]!["expirationSeconds"]!);
        Assert.Empty(JsonNode.Parse(asked.Body)!["spec"]!["audiences"]!.AsArray());
        // The token was tried, and nothing else than asking was done in either cluster.
        Assert.Equal("Bearer made", Api.Requests[^2].Headers.GetValueOrDefault("Authorization") ?? Api.Requests[^1].Headers["Authorization"]);
        Assert.All(west.Requests, r => Assert.Equal("GET", r.Method));
    }

    [Fact]
    public async Task Install_JoinWithAddressAndLifetime_TakesThem()
    {
        await using var west = await ClustersAsync();
        Assert.Equal(0, await JoinAsync("--api-server-address", "https://api.east.example:443", "--token-lifetime", "24h"));
        Assert.Equal("https://api.east.example/", Data(KubernetesYaml.ReadAll(Output)[^1], HomeSecret.Server));
        Assert.Equal(86400, (int)JsonNode.Parse(Api.Requests.Single(r => r.Method == "POST").Body)!["spec"]!["expirationSeconds"]!);
        Assert.Empty(Error);
    }

    [Fact]
    public async Task Install_JoinInAnotherNamespace_IsThereThroughout()
    {
        Assert.Equal(0, await MeshAsync("multicluster", "install", "--gateway=false", "-L", "elsewhere"));
        Assert.Equal(
            ["elsewhere", "elsewhere", "elsewhere"],
            KubernetesYaml.ReadAll(Output).Select(o => (string?)o["metadata"]!["namespace"]).OfType<string>());
        Assert.DoesNotContain("mesh-system", Output);
    }

    [Theory]
    [InlineData("https://127.0.0.1:6443")]
    [InlineData("https://localhost:6443")]
    [InlineData("https://[::1]:6443")]
    [InlineData("https://0.0.0.0:6443")]
    [InlineData("10.0.0.1:6443")]
    [InlineData("http://10.0.0.1:6443")]
    public async Task Install_JoinAtAnAddressNoPodReaches_IsWrongUsage(string address)
    {
        await using var west = await ClustersAsync();
        Assert.Equal(2, await JoinAsync("--api-server-address", address));
        Assert.Contains("an address that pods of other clusters can reach", Error);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Install_LoopbackInTheKubeconfigAndNowhereElse_SaysWhichOptionHelps()
    {
        await using var west = await ClustersAsync();
        Api.On(Slices, """{"items":[{"endpoints":[{"addresses":["127.0.0.1"]}],"ports":[{"port":6443}]}]}""");
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("pods of another cluster would not reach it", Error);
        Assert.Contains("--api-server-address https://address:port", Error);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Install_JoinUnknownContext_NamesTheContextsThereAre()
    {
        await using var west = await ClustersAsync();
        Assert.Equal(1, await MeshAsync("--context", "west", "multicluster", "install", "--join", "north"));
        Assert.Contains("\"north\" is not in", Error);
        Assert.Contains("east, west", Error);
    }

    [Fact]
    public async Task Install_HomeHasNoAccountForIt_SaysToInstallThere()
    {
        await using var west = await ClustersAsync();
        Api.On($"GET {Core}serviceaccounts/mesh-membership", NotFound, 404);
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("Run `mesh --context east multicluster install --gateway=false | kubectl --context east apply -f -` first", Error);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Install_HomesRightsAreMissing_SaysToInstallThereAgain()
    {
        await using var west = await ClustersAsync();
        Api.On($"GET {Group}orleansclusters", """{"kind":"Status","code":403,"reason":"Forbidden","message":"may not"}""", 403);
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("may not. Run `mesh --context east multicluster install", Error);
    }

    [Fact]
    public async Task Install_HomeHasNoDefinitions_SaysToInstallThem()
    {
        await using var west = await ClustersAsync();
        Api.On($"GET {Group}orleansclusters", NotFound, 404);
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("mesh --context east install --crds", Error);
    }

    [Fact]
    public async Task Install_HomeHasJoinedAnother_NamesThat()
    {
        await using var west = await ClustersAsync();
        Api.On($"GET {Core}secrets/{HomeSecret.Name}", """{"metadata":{"name":"s"},"data":{"cluster":"bm9ydGg="}}""");
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("east has itself joined north, so it keeps no membership. Join north", Error);
    }

    [Fact]
    public async Task Install_JoiningClusterIsAHomeItself_SaysWhoseHome()
    {
        await using var west = await ClustersAsync();
        west.On($"GET {Group}orleanssilos", """
            {"items":[{"spec":{"version":1,"cluster":"west","status":"Active"}},{"spec":{"version":2,"cluster":"north","status":"Active"}},
                      {"spec":{"version":3,"cluster":"south","status":"Dead"}},{"spec":{"version":0,"cluster":"nowhere"}}]}
            """);
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("west is itself the home of north. Let them join", Error);
    }

    [Fact]
    public async Task Install_SameNameOnBothSides_IsRefused()
    {
        await using var west = await ClustersAsync();
        west.On($"GET {Core}configmaps/mesh-config", """{"data":{"clusterName":"east"}}""");
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("west and east are both called east in the mesh", Error);
    }

    [Fact]
    public async Task Install_OtherTrustAnchors_IsRefused()
    {
        await using var west = await ClustersAsync();
        west.On($"GET {Core}configmaps/mesh-identity-trust-roots", Roots(Certificate("other")));
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("west and east have no trust anchor in common", Error);
        // While anchors are rolled over there are two, and one in common is enough.
        west.On($"GET {Core}configmaps/mesh-identity-trust-roots", Roots(Certificate("other") + Anchor));
        Assert.Equal(0, await JoinAsync());
    }

    [Fact]
    public async Task Install_MeshIsNotInstalledInOne_SaysWhere()
    {
        await using var west = await ClustersAsync();
        west.On($"GET {Core}configmaps/mesh-config", NotFound, 404);
        Assert.Equal(1, await JoinAsync());
        Assert.Contains("The mesh is not installed in west", Error);
    }

    [Fact]
    public async Task Install_AddressWithoutJoin_IsWrongUsage()
    {
        Assert.Equal(2, await MeshAsync("multicluster", "install", "--api-server-address", "https://10.0.0.1"));
        Assert.Contains("--api-server-address belongs to --join", Error);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("1m")]
    public async Task Install_JoinWithBadLifetime_IsWrongUsage(string lifetime)
    {
        await using var west = await ClustersAsync();
        Assert.Equal(2, await JoinAsync("--token-lifetime", lifetime));
        Assert.Contains("at least 10m", Error);
    }

    [Fact]
    public async Task Uninstall_Joined_NamesTheSecretToo()
    {
        Api.On("GET /apis/multicluster.linkerd.io/v1alpha3/links", """{"items":[]}""");
        Api.On($"GET {Core}secrets/{HomeSecret.Name}", Secret("dG9rZW4="));
        Assert.Equal(0, await MeshAsync("multicluster", "uninstall"));
        Assert.Contains($"name: {HomeSecret.Name}", Output);
        Assert.DoesNotContain("dG9rZW4=", Output);
    }

    [Fact]
    public async Task Check_OwnHome_SaysSo()
    {
        CheckedCluster("""{"home":"east","server":"https://10.0.0.1/","problem":""}""");
        Assert.Equal(0, await CheckAsync());
        Assert.Contains("√ membership has a home (east, this cluster itself)", Output);
        Assert.Contains("√ API of the home answers the silos (https://10.0.0.1/)", Output);
        Assert.Contains("√ token for the home is renewed in time (none needed)", Output);
    }

    [Fact]
    public async Task Check_Joined_SaysWhereAndForHowLong()
    {
        CheckedCluster("""{"home":"north","server":"https://10.9.0.1/","problem":""}""");
        Api.On($"GET {Core}secrets/{HomeSecret.Name}", Secret(Token(TimeSpan.FromDays(-2), TimeSpan.FromDays(28))));
        Assert.Equal(0, await CheckAsync());
        Assert.Contains("√ membership has a home (north, which east has joined)", Output);
        Assert.Contains("(good for another 28 days)", Output);
    }

    [Fact]
    public async Task Check_EmbeddedEngine_NeedsNoHome()
    {
        CheckedCluster("null");
        Assert.Equal(0, await CheckAsync());
        Assert.Contains("(not needed: Embedded silos find each other without it)", Output);
    }

    [Theory]
    [InlineData("Connection refused", "north", -2, 28, "north at https://10.9.0.1/: Connection refused")]
    [InlineData("", "south", -2, 28, "the Secret says north, and silos still use south")]
    [InlineData("", "north", -27, 3, "it is good for 3 days of 30 days and should have been renewed by now")]
    [InlineData("", "north", -30, -3, "it expired 3 days ago")]
    public async Task Check_HomeOrTokenIsInTrouble_SaysWhichAndWhatToDo(string problem, string used, int issued, int expires, string expected)
    {
        CheckedCluster($$"""{"home":"{{used}}","server":"https://10.9.0.1/","problem":"{{problem}}"}""");
        Api.On($"GET {Core}secrets/{HomeSecret.Name}", Secret(Token(TimeSpan.FromDays(issued), TimeSpan.FromDays(expires))));
        Assert.Equal(1, await CheckAsync());
        Assert.Contains(expected, Output);
        Assert.Contains("--join", Output);
    }

    private const string NotFound = """{"kind":"Status","code":404,"reason":"NotFound","message":"not found"}""";

    private Task<int> JoinAsync(params string[] more) =>
        MeshAsync(["--context", "west", "multicluster", "install", "--gateway=false", "--join", "east", .. more]);

    private Task<int> CheckAsync() => MeshAsync("multicluster", "check", "--wait", "1ms");

    /// <summary>East as a home that can be joined; west, which is given back, as a cluster that may.</summary>
    private async Task<FakeApiServer> ClustersAsync()
    {
        var west = await FakeApiServer.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(Folder, "kubeconfig"), $"""
            current-context: east
            clusters:
            - name: c
              cluster:
                server: "{Api.Address}"
            - name: w
              cluster:
                server: "{west.Address}"
            contexts:
            - name: east
              context:
                cluster: c
            - name: west
              context:
                cluster: w
            """);
        foreach (var (server, name) in new[] { (Api, "east"), (west, "west") })
        {
            server.On($"GET {Core}configmaps/mesh-config", $$$"""{"data":{"clusterName":"{{{name}}}"}}""")
                .On($"GET {Core}configmaps/mesh-identity-trust-roots", Roots(Anchor));
        }
        Api.On($"GET {Core}serviceaccounts/mesh-membership", """{"metadata":{"name":"mesh-membership"}}""")
            .On($"GET {Core}configmaps/kube-root-ca.crt", """{"data":{"ca.crt":"authority"}}""")
            .On($"POST {Core}serviceaccounts/mesh-membership/token", """{"status":{"token":"made"}}""", 201)
            .On($"GET {Group}orleansclusters", """{"items":[]}""")
            .On(Slices, """
                {"items":[{"endpoints":[{"addresses":["10.20.0.2"],"conditions":{"ready":false}},{"addresses":["10.20.0.1"]}],"ports":[{"port":6443}]}]}
                """);
        return west;
    }

    private void CheckedCluster(string membership) => Api
        .On("GET /version", """{"major":"1","minor":"28"}""")
        .On($"GET {Core}configmaps/mesh-config", """{"data":{"clusterName":"east"}}""")
        .On("GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/links.multicluster.linkerd.io", """{"metadata":{"name":"links"}}""")
        .On("GET /apis/multicluster.linkerd.io/v1alpha3/links", """{"items":[]}""")
        .On("GET /api/v1/services", """{"items":[]}""")
        .On("POST /api/v1/namespaces/mesh-system/serviceaccounts/mesh-viz/token", """{"status":{"token":"t"}}""", 201)
        .On("GET /api/v1/namespaces/mesh-system/services/mesh-viz:8084/proxy/api/v1/status", $$"""
            {"cluster":"east","version":"0.1.0","engine":"Embedded","silos":[],"links":[],"nodes":[],"membership":{{membership}} }
            """);

    private static string Secret(string token) => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject { ["name"] = HomeSecret.Name, ["namespace"] = "mesh-system" },
        ["data"] = new JsonObject(new Dictionary<string, string>
        {
            [HomeSecret.Cluster] = "north",
            [HomeSecret.Server] = "https://10.9.0.1",
            [HomeSecret.Namespace] = "mesh-system",
            [HomeSecret.Account] = "mesh-membership",
            [HomeSecret.Token] = token,
        }.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(e.Value))))),
    }.ToJsonString();

    private static string Token(TimeSpan issued, TimeSpan expires)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new JsonObject { ["iat"] = (now + issued).ToUnixTimeSeconds(), ["exp"] = (now + expires).ToUnixTimeSeconds() };
        return $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}.x";
    }

    private static string Data(JsonNode secret, string key) => Encoding.UTF8.GetString(Convert.FromBase64String((string)secret["data"]![key]!));

    private static string Roots(string bundle) => $$$"""{"data":{"ca-bundle.crt":{{{JsonSerializer.Serialize(bundle)}}}}}""";

    private static string Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return certificate.ExportCertificatePem() + "\n";
    }
}
