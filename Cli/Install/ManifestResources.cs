using System.Reflection;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary>
/// The manifests under <c>k8s/</c>, which are part of this program. They are plain objects with the defaults in place, the same files that
/// kustomize reads.
/// </summary>
internal static class ManifestResources
{
    private const string Index = "kustomization.yaml";

    /// <param name="folder">Such as <c>crds</c>.</param>
    /// <returns>Fresh copies of the objects of its files, in the order of the folder's <c>kustomization.yaml</c>.</returns>
    /// <exception cref="InvalidOperationException">There is no such folder, or it lists a file that is not there: a mistake in this program.</exception>
    public static IReadOnlyList<JsonObject> Read(string folder) =>
    [
        .. KubernetesYaml.ReadAll(Text($"{folder}/{Index}")).Single()["resources"]!.AsArray()
            .SelectMany(file => KubernetesYaml.ReadAll(Text($"{folder}/{file}"))),
    ];

    /// <param name="path">Below <c>k8s/</c>, such as <c>ha/values.yaml</c>.</param>
    /// <returns>The file as it is.</returns>
    /// <exception cref="InvalidOperationException">There is no such file: a mistake in this program.</exception>
    public static string Text(string path)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"k8s/{path}")
            ?? throw new InvalidOperationException($"k8s/{path} is not part of this program");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
