using System.Globalization;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>The downward API: fields of a pod as text.</summary>
internal static class PodFields
{
    /// <summary>Null for a field that the downward API does not offer.</summary>
    public static string? Read(Pod pod, string path, string? podAddress, string nodeAddress) => path switch
    {
        "metadata.name" => pod.Metadata.Name,
        "metadata.namespace" => pod.Metadata.Namespace,
        "metadata.uid" => pod.Metadata.Uid,
        "metadata.labels" => Lines(pod.Metadata.Labels),
        "metadata.annotations" => Lines(pod.Metadata.Annotations),
        "spec.nodeName" => pod.Spec.NodeName,
        "spec.serviceAccountName" => pod.Spec.ServiceAccountName ?? "default",
        "status.podIP" or "status.podIPs" => podAddress ?? "",
        "status.hostIP" or "status.hostIPs" => nodeAddress,
        _ when Key(path, "metadata.labels") is { } key => pod.Metadata.Labels.GetValueOrDefault(key) ?? "",
        _ when Key(path, "metadata.annotations") is { } key => pod.Metadata.Annotations.GetValueOrDefault(key) ?? "",
        _ => null,
    };

    /// <summary>Limits are not enforced here, so a container is told what the machine has.</summary>
    public static string? ReadResource(string resource) => resource switch
    {
        "limits.cpu" or "requests.cpu" => Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        "limits.memory" or "requests.memory" => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes.ToString(CultureInfo.InvariantCulture),
        "limits.ephemeral-storage" or "requests.ephemeral-storage" => "0",
        _ => null,
    };

    private static string? Key(string path, string map) =>
        path.StartsWith(map + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal)
            ? path[(map.Length + 2)..^2]
            : null;

    private static string Lines(IReadOnlyDictionary<string, string> map) =>
        string.Join('\n', map.OrderBy(e => e.Key, StringComparer.Ordinal)
            .Select(e => $"{e.Key}=\"{e.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""));
}
