using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.Install;
using Mesh.Kubernetes;

namespace Mesh.Cli.Tests;

public sealed class InstallTests : CliFixture
{
    [Fact]
    public async Task Install_WithCertificates_RendersEverythingAndLeavesNoPlaceholder()
    {
        await CertificatesAsync("east", "west");
        Assert.Equal(0, await MeshAsync(["install", .. Files("east"), "--set", "silo.image=registry.example/silo:1", "--ha"]));
        Assert.DoesNotContain("${", Output);
        Assert.Empty(Error);
        var objects = KubernetesYaml.ReadAll(Output);
        Assert.Equal("""
            CustomResourceDefinition authorizationpolicies.policy.linkerd.io
            CustomResourceDefinition httproutes.policy.linkerd.io
            CustomResourceDefinition links.multicluster.linkerd.io
            CustomResourceDefinition meshtlsauthentications.policy.linkerd.io
            CustomResourceDefinition networkauthentications.policy.linkerd.io
            CustomResourceDefinition orleansclusters.membership.mesh-orleans.io
            CustomResourceDefinition orleanssilos.membership.mesh-orleans.io
            CustomResourceDefinition servers.policy.linkerd.io
            ClusterRole mesh-silo
            ClusterRoleBinding mesh-silo
            ConfigMap mesh-config
            ConfigMap mesh-identity-trust-roots
            DaemonSet mesh-proxy
            Namespace mesh-system
            PodDisruptionBudget mesh-silo
            Role mesh-silo
            RoleBinding mesh-silo
            Secret mesh-identity-issuer
            Service mesh-node-api
            Service mesh-silo
            Service mesh-viz
            ServiceAccount mesh-proxy
            ServiceAccount mesh-silo
            ServiceAccount mesh-viz
            StatefulSet mesh-silo
            """,
            string.Join('\n', objects.Select(o => $"{o["kind"]} {o["metadata"]!["name"]}")
                .OrderBy(n => n.StartsWith("Custom") ? 0 : 1).ThenBy(n => n, StringComparer.Ordinal)));
        var config = Data(objects, "ConfigMap", "mesh-config");
        Assert.Equal("east", (string)config["clusterName"]!);
        Assert.Equal("all-unauthenticated", (string)config["defaultInboundPolicy"]!);
        Assert.Equal(File.ReadAllText(Path.Combine(Folder, "ca.crt")), (string)Data(objects, "ConfigMap", "mesh-identity-trust-roots")["ca-bundle.crt"]!);
        var issuer = Data(objects, "Secret", "mesh-identity-issuer");
        Assert.Equal(
            File.ReadAllText(Path.Combine(Folder, "east", "issuer.key")), Encoding.UTF8.GetString(Convert.FromBase64String((string)issuer["tls.key"]!)));
        var silo = objects.Single(o => (string)o["kind"]! == "StatefulSet");
        Assert.Equal(3, (int)silo["spec"]!["replicas"]!);
        Assert.Equal("registry.example/silo:1", (string)silo["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!);
        Assert.Equal("Namespace", KubernetesYaml.ReadAll(Output[Output.IndexOf("kind: Namespace", StringComparison.Ordinal)..])[0]["kind"]!.ToString());
    }

    [Fact]
    public async Task Install_NamespaceComesBeforeWhatLivesInIt()
    {
        Assert.Equal(0, await MeshAsync("install", "--ignore-cluster"));
        var kinds = KubernetesYaml.ReadAll(Output).Select(o => (string)o["kind"]!).ToList();
        Assert.True(kinds.IndexOf("Namespace") < kinds.IndexOf("ConfigMap"));
        Assert.True(kinds.LastIndexOf("CustomResourceDefinition") < kinds.IndexOf("Namespace"));
    }

    [Fact]
    public async Task Install_WithoutCertificates_MakesThemAndWarns()
    {
        Assert.Equal(0, await MeshAsync("install", "--cluster-name", "north"));
        Assert.Contains("made a new trust anchor", Error);
        Assert.Equal("north", (string)Data(KubernetesYaml.ReadAll(Output), "ConfigMap", "mesh-config")["clusterName"]!);
    }

    [Fact]
    public async Task Install_Again_KeepsNameAndIdentityOfTheCluster()
    {
        Assert.Equal(0, await MeshAsync("install", "--cluster-name", "north"));
        var before = KubernetesYaml.ReadAll(Output);
        foreach (var (kind, name) in new[] { ("ConfigMap", "mesh-config"), ("ConfigMap", "mesh-identity-trust-roots"), ("Secret", "mesh-identity-issuer") })
        {
            var installed = before.Single(o => (string)o["kind"]! == kind && (string)o["metadata"]!["name"]! == name);
            Api.On($"GET /api/v1/namespaces/mesh-system/{kind.ToLowerInvariant()}s/{name}", installed.ToJsonString());
        }
        Assert.Equal(0, await MeshAsync("install"));
        Assert.Empty(Error);
        var after = KubernetesYaml.ReadAll(Output);
        Assert.True(before.Zip(after).All(p => JsonNode.DeepEquals(p.First, p.Second)));
    }

    [Fact]
    public async Task Install_IssuerOfAnotherAnchor_IsRefusedAndNothingPrinted()
    {
        await CertificatesAsync("east");
        File.Delete(Path.Combine(Folder, "ca.crt"));
        File.Delete(Path.Combine(Folder, "ca.key"));
        await CertificatesAsync("west");
        Assert.Equal(1, await MeshAsync(["install", .. Files("east")]));
        Assert.Contains("was not issued by any of the trust anchors", Error);
        Assert.Empty(Output);
    }

    [Fact]
    public async Task Install_KeyOfAnotherIssuer_IsRefused()
    {
        await CertificatesAsync("east", "west");
        File.Copy(Path.Combine(Folder, "west", "issuer.key"), Path.Combine(Folder, "east", "issuer.key"), overwrite: true);
        Assert.Equal(1, await MeshAsync(["install", .. Files("east")]));
        Assert.Contains("does not belong to the issuer certificate", Error);
    }

    [Theory]
    [InlineData("not a certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task Install_GarbageForAnAnchor_IsRefused(string text)
    {
        await CertificatesAsync("east");
        File.WriteAllText(Path.Combine(Folder, "ca.crt"), text);
        Assert.Equal(1, await MeshAsync(["install", .. Files("east")]));
        Assert.StartsWith("mesh: The trust anchors", Error);
    }

    [Fact]
    public async Task Install_FileIsMissing_Is1()
    {
        Assert.Equal(1, await MeshAsync(["install", .. Files("none")]));
        Assert.Contains("Could not find", Error);
    }

    [Fact]
    public async Task Install_CrdsOnly_AsksNoCluster()
    {
        await Api.DisposeAsync();
        Assert.Equal(0, await MeshAsync("install", "--crds"));
        Assert.All(KubernetesYaml.ReadAll(Output), o => Assert.Equal("CustomResourceDefinition", (string)o["kind"]!));
    }

    [Fact]
    public async Task Uninstall_NamesWhatIsOutsideOfTheNamespaceAndTheNamespace()
    {
        Assert.Equal(0, await MeshAsync("uninstall"));
        var objects = KubernetesYaml.ReadAll(Output);
        Assert.Equal(
            ["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace"],
            objects.Select(o => (string)o["kind"]!).Distinct().Order());
        Assert.All(objects, o => Assert.Null(o["spec"]));
    }

    [Fact]
    public async Task Certificates_CreateAgain_KeepsTheAnchor()
    {
        await CertificatesAsync("east");
        var anchor = File.ReadAllText(Path.Combine(Folder, "ca.crt"));
        await CertificatesAsync("west");
        Assert.Equal(anchor, File.ReadAllText(Path.Combine(Folder, "ca.crt")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "west", "issuer.key")));
        Assert.Equal(0, await MeshAsync(["install", .. Files("west")]));
    }

    private static JsonObject Data(IEnumerable<JsonObject> objects, string kind, string name) =>
        objects.Single(o => (string)o["kind"]! == kind && (string)o["metadata"]!["name"]! == name)["data"]!.AsObject();

    private string[] Files(string cluster) =>
    [
        "--identity-trust-anchors-file", Path.Combine(Folder, "ca.crt"),
        "--identity-issuer-certificate-file", Path.Combine(Folder, cluster, "issuer.crt"),
        "--identity-issuer-key-file", Path.Combine(Folder, cluster, "issuer.key"),
    ];

    private async Task CertificatesAsync(params string[] clusters) =>
        Assert.Equal(0, await MeshAsync(["certificates", "create", "--out", Folder, .. clusters.SelectMany(c => new[] { "--cluster", c })]));
}
