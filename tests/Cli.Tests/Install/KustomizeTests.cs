using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Testing;

namespace Mesh.Cli.Tests.Install;

/// <summary>The overlays under <c>k8s/</c> mean what their values mean to <c>mesh install</c>. Whatever kubectl there is renders them.</summary>
public sealed class KustomizeTests : CliFixture
{
    [Theory]
    [InlineData("east", "--ha")]
    [InlineData("west")]
    public async Task Overlay_Rendered_IsWhatInstallPrints(string cluster, params string[] preset)
    {
        // A copy: the certificates of an overlay lie inside of it.
        var copy = Path.Combine(Folder, "k8s");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "k8s"), "*.yaml", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(Path.Combine(Repository.Root, "k8s"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        var certificates = Path.Combine(copy, "overlays", "certificates");
        Assert.Equal(0, await MeshAsync("certificates", "create", "--cluster", "east", "--cluster", "west", "--out", certificates));
        var kustomized = KubernetesYaml.ReadAll(await KubectlAsync("kustomize", Path.Combine(copy, "overlays", cluster)));
        // Some versions of kustomize break base64 into lines, which decoders take for nothing.
        foreach (var data in kustomized.Where(o => (string?)o["kind"] == "Secret").Select(o => o["data"]!.AsObject()))
        {
            foreach (var (key, value) in data.ToList())
            {
                data[key] = value!.ToString().Replace("\n", "", StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, await MeshAsync(
        [
            "install", "--ignore-cluster", "--values", Path.Combine(copy, "overlays", cluster, "values.yaml"), .. preset,
            "--identity-trust-anchors-file", Path.Combine(certificates, "ca.crt"),
            "--identity-issuer-certificate-file", Path.Combine(certificates, cluster, "issuer.crt"),
            "--identity-issuer-key-file", Path.Combine(certificates, cluster, "issuer.key"),
        ]));
        var installed = KubernetesYaml.ReadAll(Output).ToList();
        Assert.Equal(0, await MeshAsync("multicluster", "install", "--gateway=false"));
        installed.AddRange(KubernetesYaml.ReadAll(Output));

        Assert.Equal(installed.Select(Title).Order(StringComparer.Ordinal), kustomized.Select(Title).Order(StringComparer.Ordinal));
        foreach (var (ours, theirs) in installed.OrderBy(Title, StringComparer.Ordinal).Zip(kustomized.OrderBy(Title, StringComparer.Ordinal)))
        {
            Assert.True(JsonNode.DeepEquals(ours, theirs), $"mesh install:\n{KubernetesYaml.Write(ours)}\nkustomize:\n{KubernetesYaml.Write(theirs)}");
        }
    }

    private static string Title(JsonObject item) => $"{item["kind"]} {item["metadata"]!["namespace"]}/{item["metadata"]!["name"]}";

    private static async Task<string> KubectlAsync(params string[] arguments)
    {
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = kubectl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await kubectl.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(kubectl.ExitCode == 0, await errors);
        return output;
    }
}
