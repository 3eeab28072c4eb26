using Mesh.Cli.Inject;
using Mesh.Kubernetes;

namespace Mesh.Cli.Tests;

public sealed class InjectTests : CliFixture
{
    private static readonly Dictionary<string, string> Annotations = new() { ["linkerd.io/inject"] = "enabled" };

    [Fact]
    public void Inject_Deployment_AddsLinesAndLeavesTheRestAsItIs()
    {
        var result = ManifestInjector.Inject("""
            # the workload
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: "bb"   # its name
            spec:
              template:
                metadata:
                  labels: {app: bb}
                spec:
                  containers:
                  - args: ["--response-text=hello\n"]   # quoted
            ---
            kind: Service
            metadata: {name: bb}
            """, Annotations);
        Assert.Equal("""
            # the workload
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: "bb"   # its name
            spec:
              template:
                metadata:
                  annotations:
                    linkerd.io/inject: enabled
                  labels: {app: bb}
                spec:
                  containers:
                  - args: ["--response-text=hello\n"]   # quoted
            ---
            kind: Service
            metadata: {name: bb}

            """, result.Yaml);
        Assert.Equal(["deployment \"bb\" injected", "service \"bb\" skipped"], result.Report);
    }

    [Fact]
    public void Inject_AnnotationsPresent_AddsAndReplaces()
    {
        var result = ManifestInjector.Inject("""
            kind: Pod
            metadata:
              name: a
              annotations:
                # kept
                other: "1"
                config.linkerd.io/opaque-ports: "25"  # replaced
            """, new Dictionary<string, string> { ["linkerd.io/inject"] = "enabled", ["config.linkerd.io/opaque-ports"] = "3306" });
        Assert.Equal("""
            kind: Pod
            metadata:
              name: a
              annotations:
                # kept
                linkerd.io/inject: enabled
                other: "1"
                config.linkerd.io/opaque-ports: '3306'  # replaced

            """, result.Yaml);
    }

    [Theory]
    [InlineData("kind: Pod\nmetadata: {name: a}\n")]
    [InlineData("{\"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}")]
    [InlineData("kind: Pod\nmetadata:\n  name: a\n  annotations: {}\n")]
    [InlineData("kind: Pod\nmetadata:\n  name: a\n  annotations:\n")]
    [InlineData("kind: Pod\nmetadata:\n    name: a\n")]
    [InlineData("kind: Pod\nspec: {}\n")]
    [InlineData("kind: Pod\nmetadata:\n  name: a\n  annotations: {linkerd.io/inject: ingress}\n")]
    [InlineData("kind: Pod\nmetadata:\n  name: a\n  annotations:\n    linkerd.io/inject: |\n      ingress\n")]
    [InlineData("---\n# comment\nkind: Pod\r\nmetadata:\r\n  name: a\r\n")]
    public void Inject_AnyStyle_ThePodIsAnnotated(string yaml)
    {
        var pod = Assert.Single(KubernetesYaml.ReadAll(ManifestInjector.Inject(yaml, Annotations).Yaml));
        Assert.Equal("enabled", (string)pod["metadata"]!["annotations"]!["linkerd.io/inject"]!);
        Assert.Equal(pod["metadata"]!["name"] is null ? null : "a", (string?)pod["metadata"]!["name"]);
    }

    [Theory]
    [InlineData("Deployment", "spec.template")]
    [InlineData("StatefulSet", "spec.template")]
    [InlineData("DaemonSet", "spec.template")]
    [InlineData("ReplicaSet", "spec.template")]
    [InlineData("Job", "spec.template")]
    [InlineData("CronJob", "spec.jobTemplate.spec.template")]
    public void Inject_EachWorkload_ItsPodTemplateIsAnnotated(string kind, string path)
    {
        var yaml = $"kind: {kind}\nmetadata:\n  name: a\n";
        var indent = 0;
        foreach (var field in path.Split('.'))
        {
            yaml += $"{new string(' ', indent)}{field}:\n";
            indent += 2;
        }
        yaml += $"{new string(' ', indent)}spec:\n{new string(' ', indent)}  x: 1\n";
        var workload = KubernetesYaml.ReadAll(ManifestInjector.Inject(yaml, Annotations).Yaml)[0];
        var template = path.Split('.').Aggregate((System.Text.Json.Nodes.JsonNode)workload, (node, field) => node[field]!);
        Assert.Equal("enabled", (string)template["metadata"]!["annotations"]!["linkerd.io/inject"]!);
        Assert.Null(workload["metadata"]!["annotations"]);
    }

    [Theory]
    [InlineData("kind: Pod\nmetadata:\n  name: a\n  annotations:\n    linkerd.io/inject: disabled\n", "it says linkerd.io/inject: disabled")]
    [InlineData("kind: Pod\nmetadata:\n  name: a\nspec:\n  hostNetwork: true\n", "hostNetwork")]
    [InlineData("kind: Deployment\nmetadata:\n  name: a\n", "no pod template")]
    [InlineData("kind: Deployment\nmetadata: text\nspec: [1]\n", "no pod template")]
    public void Inject_NotToBeInjected_IsPassedThroughWithTheReason(string yaml, string reason)
    {
        var result = ManifestInjector.Inject(yaml, Annotations);
        Assert.Equal(yaml, result.Yaml);
        Assert.Contains(reason, Assert.Single(result.Report));
    }

    [Fact]
    public void Inject_List_EveryItemIsLookedAt()
    {
        var result = ManifestInjector.Inject("kind: List\nitems:\n- kind: Pod\n  metadata: {name: a}\n- kind: Secret\n  metadata: {name: b}\n", Annotations);
        Assert.Equal(["pod \"a\" injected", "secret \"b\" skipped"], result.Report);
        Assert.Contains("linkerd.io/inject: enabled", result.Yaml);
    }

    [Fact]
    public async Task Inject_FromStandardInput_SummaryOnStandardError()
    {
        Assert.Equal(0, await MeshAsync("kind: Namespace\nmetadata:\n  name: mc-demo\n", ["inject", "-", "--opaque-ports", "3306,8000-8010"]));
        Assert.Equal("""
            kind: Namespace
            metadata:
              annotations:
                linkerd.io/inject: enabled
                config.linkerd.io/opaque-ports: 3306,8000-8010
              name: mc-demo

            """, Output);
        Assert.Equal("\nnamespace \"mc-demo\" injected\n\n", Error);
    }

    [Fact]
    public async Task Inject_OpaquePorts_ServicesAreAnnotatedToo()
    {
        Assert.Equal(0, await MeshAsync("kind: Service\nmetadata:\n  name: db\n", ["inject", "-", "--opaque-ports", "3306"]));
        Assert.Contains("config.linkerd.io/opaque-ports: '3306'", Output);
        Assert.DoesNotContain("linkerd.io/inject", Output);
        Assert.Contains("service \"db\" annotated", Error);
    }

    [Fact]
    public async Task Inject_Folder_AllItsManifests()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "m", "n"));
        File.WriteAllText(Path.Combine(Folder, "m", "a.yaml"), "kind: Pod\nmetadata:\n  name: a\n");
        File.WriteAllText(Path.Combine(Folder, "m", "n", "b.yml"), "kind: Pod\nmetadata:\n  name: b\n");
        File.WriteAllText(Path.Combine(Folder, "m", "notes.txt"), "not yaml: [");
        Assert.Equal(0, await MeshAsync("inject", Path.Combine(Folder, "m")));
        Assert.Equal(["a", "b"], KubernetesYaml.ReadAll(Output).Select(o => (string)o["metadata"]!["name"]!));
    }

    [Theory]
    [InlineData("a: [", "not valid YAML at line")]
    [InlineData("- a\n- b\n", "not a manifest")]
    [InlineData("", "no manifest in the input")]
    [InlineData("# only a comment\n", "no manifest in the input")]
    public async Task Inject_BadInput_Is1AndPrintsNothing(string yaml, string expected)
    {
        Assert.Equal(1, await MeshAsync(yaml, ["inject", "-"]));
        Assert.Empty(Output);
        Assert.Contains(expected, Error);
    }
}
