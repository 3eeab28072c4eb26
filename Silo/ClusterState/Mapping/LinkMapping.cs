using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Links;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>Makes the observed record of a Link.</summary>
internal static class LinkMapping
{
    /// <summary>Names the Orleans cluster the Link points to.</summary>
    public const string TargetCluster = "multicluster.mesh-orleans.io/target-cluster";

    /// <summary>Addresses of the target's silos.</summary>
    public const string Seeds = "multicluster.mesh-orleans.io/seeds";

    /// <summary>Where the target's pods are, CIDRs.</summary>
    public const string PodNetworks = "multicluster.mesh-orleans.io/pod-networks";

    public static ObservedLink Map(Link link) => new(
        link.Metadata.Namespace ?? "",
        link.Metadata.Name,
        link.Metadata.Uid ?? "",
        link.Metadata.ResourceVersion ?? "",
        link.Metadata.Generation ?? 0,
        link.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        link.Spec.TargetClusterName,
        link.Metadata.Annotations.GetValueOrDefault(TargetCluster) is { Length: > 0 } target ? target : link.Spec.TargetClusterName,
        link.Spec.TargetClusterDomain ?? "",
        SelectorMapping.Map(link.Spec.Selector),
        SelectorMapping.Map(link.Spec.RemoteDiscoverySelector),
        SelectorMapping.Map(link.Spec.FederatedServiceSelector),
        [.. link.Spec.ExcludedLabels],
        [.. link.Spec.ExcludedAnnotations],
        [.. link.Status.MirrorServices.Select(Map)],
        [.. link.Status.Conditions.Select(c => new ObservedCondition(
            c.Type, c.Status, c.Reason ?? "", c.Message ?? "", c.LastTransitionTime ?? DateTimeOffset.MinValue, c.ObservedGeneration ?? 0))],
        [.. (link.Metadata.Annotations.GetValueOrDefault(PodNetworks) ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);

    private static ObservedLinkServiceStatus Map(LinkServiceStatus status) => new(
        status.ControllerName ?? "",
        status.RemoteRef?.Namespace ?? "",
        status.RemoteRef?.Name ?? "",
        status.Conditions.FirstOrDefault()?.LocalRef?.Namespace ?? "",
        status.Conditions.FirstOrDefault()?.LocalRef?.Name ?? "",
        [.. status.Conditions.Select(c => new ObservedCondition(
            c.Type, c.Status, c.Reason ?? "", c.Message ?? "", c.LastTransitionTime ?? DateTimeOffset.MinValue))]);
}
