using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Exports;

namespace Mesh.Grains.Links;

/// <summary>The labels and annotations of a mirror service, as Linkerd's service mirror gives them in remote-discovery mode.</summary>
internal static class MirrorMetadataPlanner
{
    public static ImmutableSortedDictionary<string, string> Labels(ObservedLink link, ExportedService remote)
    {
        var labels = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in remote.Labels)
        {
            // Not copying the export label also keeps a mirror from being exported onwards.
            if (!key.StartsWith(MirrorLabels.Prefix, StringComparison.Ordinal) && !IsExcluded(key, link.ExcludedLabels))
            {
                labels[key] = value;
            }
        }
        labels[MirrorLabels.MirroredService] = "true";
        labels[MirrorLabels.ClusterName] = link.TargetClusterName;
        labels[MirrorLabels.RemoteDiscovery] = link.TargetClusterName;
        labels[MirrorLabels.RemoteService] = remote.Key.Name;
        return labels.ToImmutable();
    }

    public static ImmutableSortedDictionary<string, string> Annotations(ObservedLink link, ExportedService remote)
    {
        var annotations = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in remote.Annotations)
        {
            // A client that did not know a port to be opaque would wait for bytes that never come: this one is copied even if excluded.
            var copied = key switch
            {
                MirrorLabels.OpaquePorts => true,
                MirrorLabels.TopologyAwareHints or MirrorLabels.TopologyMode or MirrorLabels.TrafficDistribution => false,
                _ => !IsExcluded(key, link.ExcludedAnnotations),
            };
            if (copied)
            {
                annotations[key] = value;
            }
        }
        var domain = link.TargetClusterDomain.Length > 0 ? link.TargetClusterDomain : remote.ClusterDomain;
        annotations[MirrorLabels.RemoteServiceFqName] = $"{remote.Key.Name}.{remote.Key.Namespace}.svc.{domain}";
        annotations[MirrorLabels.RemoteResourceVersion] = remote.ResourceVersion;
        if (remote.TrafficDistribution.Length > 0)
        {
            annotations[MirrorLabels.TrafficDistribution] = remote.TrafficDistribution;
        }
        return annotations.ToImmutable();
    }

    /// <summary>An exclusion is a whole key, or <c>group/*</c> for all keys of a group.</summary>
    private static bool IsExcluded(string key, ImmutableArray<string> exclusions) =>
        !exclusions.IsDefault && exclusions.Any(exclusion =>
            exclusion == key
            || (exclusion.Length > 2 && exclusion.EndsWith("/*", StringComparison.Ordinal)
                && key.StartsWith(exclusion.AsSpan(0, exclusion.Length - 1), StringComparison.Ordinal)));
}
