using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.Install;
using Mesh.Kubernetes;
using Mesh.Testing;

namespace Mesh.Cli.Tests.Install;

public sealed class InstallValuesTests : CliFixture
{
    [Theory]
    [InlineData("silo.replica=3", "Did you mean silo.replicas?")]
    [InlineData("siloReplicas=3", "Did you mean silo.replicas?")]
    [InlineData("replicas=3", "Did you mean silo.replicas?")]
    [InlineData("installGatewayApi=true", "Did you mean installGatewayAPI?")]
    [InlineData("proxy.env=1", "proxy.env.NAME")]
    [InlineData("proxy.env.A-B=1", "\"A-B\" is not a name")]
    [InlineData("nothingLikeIt=1", "docs/install-values.md")]
    [InlineData("silo.replicas=0", "a number from 1 to 99")]
    [InlineData("silo.replicas=three", "a number from 1 to 99")]
    [InlineData("silo.replicas=", "name=value")]
    [InlineData("silo.replicas", "name=value")]
    [InlineData("silo.image=a b", "an image")]
    [InlineData("silo.image=a\nb", "an image")]
    [InlineData("silo.resources.limits.memory=lots", "a quantity")]
    [InlineData("networkPolicies.enabled=yes", "true or false")]
    [InlineData("clusterNetworks=10.0.0.0/8,10.1.0.0/33", "name=value")]
    [InlineData("clusterNetworks=10.0.0.0/33", "networks")]
    [InlineData("clusterNetworks=10.0.0.1", "networks")]
    [InlineData("proxy.defaultInboundPolicy=everything", "one of all-unauthenticated")]
    [InlineData("clusterName=East", "DNS label")]
    [InlineData("silo.tolerations=all", "--values")]
    public async Task Set_WrongValue_IsRefusedWithTheRuleAndNothingPrinted(string assignment, string says)
    {
        Assert.Equal(2, await MeshAsync("install", "--ignore-cluster", "--set", assignment));
        Assert.Contains(says, Error);
        Assert.Empty(Output);
    }

    [Theory]
    [InlineData("clusterName: no", "clusterName is false")]
    [InlineData("silo: 3", "must be a mapping of")]
    [InlineData("silo: { replicas: \"3\" }", "a number from 1 to 99")]
    [InlineData("silo: { replica: 3 }", "Did you mean silo.replicas?")]
    [InlineData("networkPolicies: { enabled: \"true\" }", "true or false")]
    [InlineData("silo: { tolerations: [{ effekt: NoSchedule }] }", "a list of tolerations")]
    [InlineData("proxy: { env: [A] }", "proxy.env.NAME")]
    [InlineData("- a", "not a mapping")]
    [InlineData("a: b\n---\nc: d", "2 YAML documents")]
    [InlineData("a: [", "not valid YAML")]
    public async Task Values_WrongFile_IsRefusedNamingTheFile(string yaml, string says)
    {
        Assert.Equal(2, await MeshAsync(["install", "--ignore-cluster", "--values", FileOf(yaml)]));
        Assert.Contains(says, Error);
        Assert.Contains("values.yaml", Error);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Precedence_DefaultHaFilesSetFlag_LaterWins()
    {
        Assert.Equal(1, await ReplicasAsync());
        Assert.Equal(3, await ReplicasAsync("--ha"));
        Assert.Equal(4, await ReplicasAsync("--ha", "--values", FileOf("silo: { replicas: 4 }")));
        Assert.Equal(5, await ReplicasAsync("--set", "silo.replicas=5", "--ha", "--values", FileOf("silo: { replicas: 4 }")));
        Assert.Equal(7, await ReplicasAsync("--set", "silo.replicas=6", "--set", "silo.replicas=7"));
        var config = Get(await InstallAsync("--set", "proxy.defaultInboundPolicy=deny", "--default-inbound-policy", "audit"), "ConfigMap", "mesh-config");
        Assert.Equal("audit", (string)config["data"]!["defaultInboundPolicy"]!);
    }

    [Fact]
    public async Task Values_SeveralFilesAndStandardInput_AreLaidOverEachOther()
    {
        Assert.Equal(0, await MeshAsync(
            "silo: { replicas: 9, image: null }\nclusterName: north\n", ["install", "--ignore-cluster", "-f", FileOf("silo: { image: i:1, replicas: 2 }"), "-f", "-"]));
        var objects = KubernetesYaml.ReadAll(Output);
        Assert.Equal(9, (int)Get(objects, "StatefulSet", "mesh-silo")["spec"]!["replicas"]!);
        Assert.Equal("i:1", (string)Container(objects, "StatefulSet", "mesh-silo")["image"]!);
        Assert.Equal("north", (string)Get(objects, "ConfigMap", "mesh-config")["data"]!["clusterName"]!);
    }

    [Fact]
    public async Task Values_EmptyFile_ChangesNothing() =>
        Assert.Equal(1, await ReplicasAsync("--values", FileOf("# nothing\n")));

    [Fact]
    public async Task Set_SeveralWithCommas_AllHold()
    {
        var objects = await InstallAsync("--set", @"silo.replicas=2,clusterNetworks=10.0.0.0/8\,fd00::/8,networkPolicies.enabled=true,proxy.env.A=x=y");
        Assert.Equal(2, (int)Get(objects, "StatefulSet", "mesh-silo")["spec"]!["replicas"]!);
        Assert.Equal("10.0.0.0/8,fd00::/8", (string)Get(objects, "ConfigMap", "mesh-config")["data"]!["clusterNetworks"]!);
        Assert.Equal("x=y", Variable(objects, "DaemonSet", "mesh-proxy", "A"));
        var ingress = Get(objects, "NetworkPolicy", "mesh-silo")["spec"]!["ingress"]!.AsArray();
        Assert.All(ingress.Take(2), rule => Assert.Equal(
            ["10.0.0.0/8", "fd00::/8"], rule!["from"]!.AsArray().Select(p => (string?)p!["ipBlock"]!["cidr"])));
    }

    [Fact]
    public async Task NodeNetworks_AreTheSecondRulesOnly()
    {
        var objects = await InstallAsync("--set", "networkPolicies.enabled=true,networkPolicies.nodeNetworks=203.0.113.0/24");
        var ingress = Get(objects, "NetworkPolicy", "mesh-silo")["spec"]!["ingress"]!.AsArray();
        Assert.Contains("10.0.0.0/8", ingress[0]!.ToJsonString());
        Assert.Equal("""[{"ipBlock":{"cidr":"203.0.113.0/24"}}]""", ingress[1]!["from"]!.ToJsonString());
    }

    [Fact]
    public async Task Workloads_EveryKnobArrives()
    {
        var objects = await InstallAsync("--values", FileOf("""
            imageRegistry: registry.example:5000/team
            imagePullPolicy: Always
            imagePullSecrets: first,second
            silo:
              logLevel: debug
              resources: { requests: { cpu: 2 }, limits: { memory: 3Gi } }
              nodeSelector: { kubernetes.io/arch: amd64 }
              tolerations: [{ key: dedicated, operator: Exists }]
              env: { EXTRA: 100 }
            proxy:
              drainSeconds: 600
              env: { MESH_LIMIT_STREAMS: 100 }
            """));
        var silo = Get(objects, "StatefulSet", "mesh-silo")["spec"]!["template"]!["spec"]!;
        Assert.Equal("registry.example:5000/team/silo:0.1.0", (string)silo["containers"]![0]!["image"]!);
        Assert.Equal("registry.example:5000/team/proxy:0.1.0", (string)Container(objects, "DaemonSet", "mesh-proxy")["image"]!);
        Assert.Equal("Always", (string)silo["containers"]![0]!["imagePullPolicy"]!);
        Assert.Equal("""[{"name":"first"},{"name":"second"}]""", silo["imagePullSecrets"]!.ToJsonString());
        Assert.Equal("""{"requests":{"cpu":"2","memory":"128Mi"},"limits":{"memory":"3Gi"}}""", silo["containers"]![0]!["resources"]!.ToJsonString());
        Assert.Equal("""{"kubernetes.io/arch":"amd64"}""", silo["nodeSelector"]!.ToJsonString());
        Assert.Equal("""[{"key":"dedicated","operator":"Exists"}]""", silo["tolerations"]!.ToJsonString());
        Assert.Equal("debug", Variable(objects, "StatefulSet", "mesh-silo", "MESH_LOG_LEVEL"));
        Assert.Equal("100", Variable(objects, "StatefulSet", "mesh-silo", "EXTRA"));
        Assert.Equal("100", Variable(objects, "DaemonSet", "mesh-proxy", "MESH_LIMIT_STREAMS"));
        Assert.Equal("600", Variable(objects, "DaemonSet", "mesh-proxy", "MESH_DRAIN_SECONDS"));
        Assert.Equal(615, (int)Get(objects, "DaemonSet", "mesh-proxy")["spec"]!["template"]!["spec"]!["terminationGracePeriodSeconds"]!);
    }

    [Fact]
    public async Task Env_OfAVariableThatIsThere_ReplacesIt()
    {
        var objects = await InstallAsync("--set", "proxy.env.DOTNET_EnableDiagnostics=1");
        Assert.Equal("1", Variable(objects, "DaemonSet", "mesh-proxy", "DOTNET_EnableDiagnostics"));
    }

    [Fact]
    public async Task HighAvailability_ThreeSilosOnThreeNodesOneAtATime()
    {
        var objects = await InstallAsync("--ha");
        var spec = Get(objects, "StatefulSet", "mesh-silo")["spec"]!;
        var affinity = spec["template"]!["spec"]!["affinity"]!["podAntiAffinity"]!.AsObject();
        Assert.Equal(["requiredDuringSchedulingIgnoredDuringExecution"], affinity.Select(a => a.Key));
        Assert.Equal("kubernetes.io/hostname", (string)affinity.Single().Value![0]!["topologyKey"]!);
        Assert.Equal("topology.kubernetes.io/zone", (string)spec["template"]!["spec"]!["topologySpreadConstraints"]![0]!["topologyKey"]!);
        Assert.Equal(1, (int)Get(objects, "PodDisruptionBudget", "mesh-silo")["spec"]!["maxUnavailable"]!);
    }

    [Fact]
    public async Task Namespace_Another_LeavesNothingOfTheUsualOne()
    {
        var objects = await InstallAsync("-L", "elsewhere", "--ha", "--set", "networkPolicies.enabled=true");
        Assert.DoesNotContain("mesh-system", string.Concat(objects.Where(o => (string?)o["kind"] != "CustomResourceDefinition").Select(o => o.ToJsonString())));
        Assert.Equal("elsewhere", (string)Get(objects, "NetworkPolicy", "mesh-silo")["metadata"]!["namespace"]!);
        Assert.Equal(0, await MeshAsync("uninstall", "-L", "elsewhere"));
        Assert.Contains("name: elsewhere", Output);
    }

    [Fact]
    public async Task GatewayApi_OnlyWhenAskedFor()
    {
        Assert.Equal(0, await MeshAsync("install", "--crds"));
        Assert.DoesNotContain("gateway.networking.k8s.io\n  annotations", Output);
        Assert.Equal(0, await MeshAsync("install", "--crds", "--set", "installGatewayAPI=true"));
        Assert.Contains("httproutes.gateway.networking.k8s.io", Output);
        Assert.Contains("grpcroutes.gateway.networking.k8s.io", Output);
        Assert.Contains("httproutes.gateway.networking.k8s.io", string.Concat(await InstallAsync("--set", "installGatewayAPI=true")));
    }

    [Fact]
    public void Documentation_HasEveryValueWithItsDefaultAndMeaning()
    {
        var untouched = new ManifestObjects([.. ManifestResources.Read("control-plane"), .. ManifestResources.Read("network-policies")]);
        var table = new StringBuilder("| value | default | must be | meaning |\n|---|---|---|---|\n");
        foreach (var value in InstallCatalog.All)
        {
            var usual = value.Kind.Show(value.Default(untouched));
            table.Append($"| `{value.Title}` | {(usual.Length == 0 ? "" : $"`{usual}`")} | {value.Kind.Rule} | {value.Meaning} |\n");
        }
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "install-values.md"));
        Assert.True(text.Contains(table.ToString(), StringComparison.Ordinal), $"docs/install-values.md must have this table:\n{table}");
    }

    private async Task<IReadOnlyList<JsonObject>> InstallAsync(params string[] arguments)
    {
        Assert.Equal(0, await MeshAsync(["install", "--ignore-cluster", .. arguments]));
        return KubernetesYaml.ReadAll(Output);
    }

    private async Task<int> ReplicasAsync(params string[] arguments) =>
        (int)Get(await InstallAsync(arguments), "StatefulSet", "mesh-silo")["spec"]!["replicas"]!;

    private static JsonObject Get(IEnumerable<JsonObject> objects, string kind, string name) =>
        objects.Single(o => (string?)o["kind"] == kind && (string?)o["metadata"]!["name"] == name);

    private static JsonNode Container(IEnumerable<JsonObject> objects, string kind, string name) =>
        Get(objects, kind, name)["spec"]!["template"]!["spec"]!["containers"]![0]!;

    private static string? Variable(IEnumerable<JsonObject> objects, string kind, string name, string variable) =>
        (string?)Container(objects, kind, name)["env"]!.AsArray().Single(v => (string?)v!["name"] == variable)!["value"];

    private string FileOf(string yaml)
    {
        var path = Path.Combine(Folder, "values.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }
}
