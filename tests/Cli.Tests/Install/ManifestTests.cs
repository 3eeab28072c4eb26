using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Install;
using Mesh.Kubernetes;
using Mesh.Testing;

namespace Mesh.Cli.Tests.Install;

/// <summary>What holds of the files under <c>k8s/</c>.</summary>
public sealed partial class ManifestTests
{
    private static readonly string[] Bases = ["control-plane", "crds", "gateway-api", "multicluster", "network-policies"];

    private static IEnumerable<JsonObject> Roles =>
        ManifestResources.Read("control-plane").Concat(ManifestResources.Read("multicluster")).Where(o => (string?)o["kind"] is "ClusterRole" or "Role");

    [Fact]
    public void Bases_ListEveryFileTheyHave() => Assert.All(Bases, folder =>
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "k8s", folder), "*.yaml").Select(f => Path.GetFileName(f)!);
        var listed = KubernetesYaml.ReadAll(ManifestResources.Text($"{folder}/kustomization.yaml")).Single()["resources"]!.AsArray();
        Assert.Equal(files.Where(f => f != "kustomization.yaml").Order(), listed.Select(l => (string)l!).Order());
    });

    [Fact]
    public void Versions_AreThisProgramsOwn()
    {
        var objects = new ManifestObjects(ManifestResources.Read("control-plane"));
        Assert.Equal(MeshNames.Version, objects.Get("ConfigMap", "mesh-config", "data/version")!.ToString());
        foreach (var (kind, name, image) in new[] { ("StatefulSet", "mesh-silo", "silo"), ("DaemonSet", "mesh-proxy", "proxy") })
        {
            Assert.Equal($"mesh-orleans/{image}:{MeshNames.Version}", objects.Get(kind, name, "spec/template/spec/containers/0/image")!.ToString());
            Assert.Equal(MeshNames.Version, ((JsonObject)objects.Get(kind, name, "metadata/labels")!)["app.kubernetes.io/version"]!.ToString());
        }
    }

    [Fact]
    public void Definitions_HaveOneStoredVersionSchemasColumnsAndStatus() => Assert.All(
        ManifestResources.Read("crds").Concat(ManifestResources.Read("gateway-api")), definition =>
        {
            var spec = definition["spec"]!;
            var versions = spec["versions"]!.AsArray();
            Assert.Single(versions, v => (bool)v!["storage"]!);
            Assert.All(versions, version =>
            {
                Assert.True((bool)version!["served"]!);
                Assert.Equal("object", (string?)version["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["type"]);
                Assert.NotEmpty(version["additionalPrinterColumns"]!.AsArray());
                // The rows of the membership are all spec: nothing else ever writes them.
                Assert.True(version["subresources"]?["status"] is not null || (string?)spec["group"] == "membership.mesh-orleans.io");
                // Nothing is converted, so what is stored must be what every version shows.
                Assert.True(JsonNode.DeepEquals(versions[0]!["schema"], version["schema"]));
            });
        });

    [Theory]
    [InlineData("links.multicluster.linkerd.io", "v1alpha1 v1alpha2 v1alpha3*")]
    [InlineData("servers.policy.linkerd.io", "v1alpha1 v1beta1 v1beta2 v1beta3*")]
    [InlineData("authorizationpolicies.policy.linkerd.io", "v1alpha1*")]
    [InlineData("meshtlsauthentications.policy.linkerd.io", "v1alpha1*")]
    [InlineData("networkauthentications.policy.linkerd.io", "v1alpha1*")]
    [InlineData("httproutes.policy.linkerd.io", "v1alpha1 v1beta1 v1beta2 v1beta3*")]
    public void Definitions_HaveLinkerdsVersions(string name, string versions)
    {
        var definition = ManifestResources.Read("crds").Single(d => (string?)d["metadata"]!["name"] == name);
        Assert.Equal(versions, string.Join(' ', definition["spec"]!["versions"]!.AsArray().Select(v => $"{v!["name"]}{((bool)v["storage"]! ? "*" : "")}")));
    }

    [Fact]
    public void Rbac_EveryRuleHasItsReasonInTheTable()
    {
        var rules = Roles
            .SelectMany(role => role["rules"]!.AsArray().Select(rule => $"{role["kind"]} `{role["metadata"]!["name"]}` | {Resources(rule!)} | {Verbs(rule!)}"));
        var documented = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "rbac.md"))
            .Select(line => TableRow().Match(line))
            .Where(m => m.Success)
            .Select(m => m.Groups[1].Value);
        Assert.Equal(rules.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rbac_NothingIsAllowedEverythingOrMayReadAnySecret() => Assert.All(
        Roles.SelectMany(o => o["rules"]!.AsArray()),
        rule =>
        {
            Assert.DoesNotContain("*", rule!.ToJsonString());
            Assert.True(!rule!.ToJsonString().Contains("\"secrets\"") || rule["resourceNames"] is JsonArray { Count: > 0 });
        });

    [Fact]
    public void Containers_HaveNoMoreThanTheyNeed()
    {
        var objects = new ManifestObjects(ManifestResources.Read("control-plane"));
        var silo = objects.Get("StatefulSet", "mesh-silo", "spec/template/spec")!;
        Assert.True((bool)silo["securityContext"]!["runAsNonRoot"]!);
        Assert.Equal("""{"readOnlyRootFilesystem":true,"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}""",
            silo["containers"]![0]!["securityContext"]!.ToJsonString());
        var proxy = objects.Get("DaemonSet", "mesh-proxy", "spec/template/spec/containers/0/securityContext")!;
        Assert.Equal("""{"drop":["ALL"],"add":["SYS_ADMIN","NET_ADMIN","DAC_OVERRIDE"]}""", proxy["capabilities"]!.ToJsonString());
        Assert.True((bool)proxy["readOnlyRootFilesystem"]!);
        Assert.False((bool)proxy["privileged"]!);
        Assert.All(new[] { ("StatefulSet", "mesh-silo"), ("DaemonSet", "mesh-proxy") }, workload => Assert.All(
            new[] { "startupProbe", "livenessProbe", "readinessProbe", "resources" },
            field => Assert.NotNull(objects.Get(workload.Item1, workload.Item2, $"spec/template/spec/containers/0/{field}"))));
    }

    private static string Resources(JsonNode rule)
    {
        var group = (string)rule["apiGroups"]!.AsArray().Single()!;
        var names = rule["resourceNames"] is JsonArray list ? string.Concat(list.Select(n => $" `{n}`")) : "";
        return string.Join(", ", rule["resources"]!.AsArray().Select(r => (string)r!).Order(StringComparer.Ordinal).Select(resource =>
            resource.Split('/') is [var main, var sub] ? $"{Of(main, group)}/{sub}" : Of(resource, group))) + names;
    }

    private static string Of(string resource, string group) => group.Length == 0 ? resource : $"{resource}.{group}";

    private static string Verbs(JsonNode rule) => string.Join(", ", rule["verbs"]!.AsArray());

    [GeneratedRegex(@"^\| ((?:Cluster)?Role `[^|]* \| [^|]* \| [^|]*) \| [^|]{10,} \|$")]
    private static partial Regex TableRow();
}
