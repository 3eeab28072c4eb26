using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>Makes the observed records of nodes and namespaces.</summary>
internal static class NodeMapping
{
    private const string Zone = "topology.kubernetes.io/zone";

    public static ObservedNode Map(Node node) => new(
        node.Metadata.Name,
        node.Metadata.Labels.GetValueOrDefault(Zone) ?? "",
        [.. node.Status.Addresses.Where(a => a.Type == "InternalIP" && a.Address.Length > 0).Select(a => a.Address)]);

    public static ObservedNamespace Map(Namespace ns) => new(
        ns.Metadata.Name,
        ns.Metadata.Uid ?? "",
        ns.Metadata.Labels.ToImmutableSortedDictionary(StringComparer.Ordinal),
        ns.Metadata.Annotations.ToImmutableSortedDictionary(StringComparer.Ordinal),
        ns.Metadata.DeletionTimestamp is not null);
}
