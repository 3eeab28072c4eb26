using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>Makes the observed record of a pod.</summary>
internal static class PodMapping
{
    private const string TemplateHash = "pod-template-hash";

    /// <param name="pod">As the API server has it.</param>
    /// <param name="replicaSet">The replica set of that namespace and name, or null when it is not known.</param>
    public static ObservedPod Map(Pod pod, Func<string, string, ReplicaSet?> replicaSet)
    {
        var (ownerKind, ownerName) = Owner(pod, replicaSet);
        var containers = Containers(pod).ToArray();
        return new ObservedPod(
            pod.Metadata.Namespace ?? "",
            pod.Metadata.Name,
            pod.Metadata.Uid ?? "",
            pod.Metadata.Labels.ToImmutableSortedDictionary(StringComparer.Ordinal),
            pod.Metadata.Annotations.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Ips(pod.Status),
            pod.Spec.HostNetwork ?? false,
            pod.Spec.NodeName ?? "",
            pod.Spec.ServiceAccountName is { Length: > 0 } account ? account : "default",
            pod.Status.Phase ?? "Pending",
            pod.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" }),
            pod.Metadata.DeletionTimestamp is not null,
            ownerKind,
            ownerName,
            [.. containers.SelectMany(c => c.Ports.Select(
                p => new ObservedContainerPort(c.Name, p.Name ?? "", p.Port, p.Protocol ?? "TCP")))],
            [.. containers.SelectMany(Probes)]);
    }

    /// <summary>The replica set that controls the pod, or null.</summary>
    public static string? ReplicaSetOf(Pod pod) => Controller(pod.Metadata) is { Kind: "ReplicaSet" } owner ? owner.Name : null;

    private static (string Kind, string Name) Owner(Pod pod, Func<string, string, ReplicaSet?> replicaSet)
    {
        if (Controller(pod.Metadata) is not { } owner)
        {
            return ("pod", pod.Metadata.Name);
        }
        if (owner.Kind != "ReplicaSet")
        {
            return (owner.Kind.ToLowerInvariant(), owner.Name);
        }
        if (replicaSet(pod.Metadata.Namespace ?? "", owner.Name) is { } set)
        {
            return Controller(set.Metadata) is { } above ? (above.Kind.ToLowerInvariant(), above.Name) : ("replicaset", owner.Name);
        }
        // The replica set is so new, or so old, that the informer does not have it. A Deployment names its sets after the hash it labels
        // their pods with.
        return pod.Metadata.Labels.TryGetValue(TemplateHash, out var hash) && owner.Name.EndsWith("-" + hash, StringComparison.Ordinal)
            ? ("deployment", owner.Name[..^(hash.Length + 1)])
            : ("replicaset", owner.Name);
    }

    private static OwnerReference? Controller(ObjectMeta metadata) => metadata.OwnerReferences.FirstOrDefault(o => o.Controller == true);

    // A restartable init container is a sidecar and runs as long as the pod (KEP-753).
    private static IEnumerable<Container> Containers(Pod pod) =>
        pod.Spec.Containers.Concat(pod.Spec.InitContainers.Where(c => c.RestartPolicy == "Always"));

    private static IEnumerable<ObservedHttpProbe> Probes(Container container) =>
        new[] { container.LivenessProbe, container.ReadinessProbe, container.StartupProbe }
            .Select(p => p?.HttpGet)
            .OfType<HttpGetAction>()
            .Where(h => h.Port.IsValid && string.Equals(h.Scheme ?? "HTTP", "HTTP", StringComparison.OrdinalIgnoreCase))
            .Select(h => new ObservedHttpProbe(container.Name, h.Port.ToString(), h.Path ?? ""))
            .Distinct();

    private static ImmutableArray<string> Ips(PodStatus status) =>
        status.PodIPs.Count > 0
            ? [.. status.PodIPs.Select(p => p.Ip).Where(ip => ip.Length > 0).Select(IpText.Canonical)]
            : status.PodIP is { Length: > 0 } ip ? [IpText.Canonical(ip)] : [];
}
