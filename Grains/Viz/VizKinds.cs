namespace Mesh.Grains.Viz;

/// <summary>The kinds of resources <c>mesh viz</c> shows.</summary>
public static class VizKinds
{
    public const string Namespace = "namespace";
    public const string Pod = "pod";

    /// <summary>Accepts singular, plural and kubectl's short names, in any case.</summary>
    /// <returns>True and the kind as grains write it ("deployment"); false for one that cannot be shown.</returns>
    public static bool TryParse(string? text, out string kind)
    {
        kind = text?.ToLowerInvariant() switch
        {
            "deployment" or "deployments" or "deploy" => "deployment",
            "statefulset" or "statefulsets" or "sts" => "statefulset",
            "daemonset" or "daemonsets" or "ds" => "daemonset",
            "replicaset" or "replicasets" or "rs" => "replicaset",
            "job" or "jobs" => "job",
            "pod" or "pods" or "po" => Pod,
            "namespace" or "namespaces" or "ns" => Namespace,
            _ => "",
        };
        return kind.Length > 0;
    }
}
