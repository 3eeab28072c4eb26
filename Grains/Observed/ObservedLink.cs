using System.Collections.Immutable;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Observed;

/// <summary>A Link (multicluster.linkerd.io) applied to this silo's cluster. Values are raw: planners judge them.</summary>
/// <param name="Generation">metadata.generation: the spec it stands for.</param>
/// <param name="CreatedAt">metadata.creationTimestamp: of two Links with one target name the older one keeps the mirrors.</param>
/// <param name="TargetClusterName">spec.targetClusterName: the suffix of mirror names and the value of their labels.</param>
/// <param name="TargetCluster">
/// The cluster in the mesh it points to: annotation multicluster.mesh-orleans.io/target-cluster, else <paramref name="TargetClusterName"/>.
/// </param>
/// <param name="TargetClusterDomain">spec.targetClusterDomain; empty when absent.</param>
/// <param name="Selector">spec.selector (gateway mode); null when absent.</param>
/// <param name="RemoteDiscoverySelector">spec.remoteDiscoverySelector; null when absent.</param>
/// <param name="FederatedServiceSelector">spec.federatedServiceSelector; null when absent.</param>
/// <param name="MirrorServices">status.mirrorServices as it is now, so that an equal status is not written again.</param>
/// <param name="Conditions">status.conditions likewise.</param>
/// <param name="PodNetworks">
/// Where the target's pods are, CIDRs: annotation multicluster.mesh-orleans.io/pod-networks; default or empty: not said.
/// </param>
public sealed record ObservedLink(
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    long Generation,
    DateTimeOffset CreatedAt,
    string TargetClusterName,
    string TargetCluster,
    string TargetClusterDomain,
    LabelSelectorSpec? Selector,
    LabelSelectorSpec? RemoteDiscoverySelector,
    LabelSelectorSpec? FederatedServiceSelector,
    ImmutableArray<string> ExcludedLabels,
    ImmutableArray<string> ExcludedAnnotations,
    ImmutableArray<ObservedLinkServiceStatus> MirrorServices,
    ImmutableArray<ObservedCondition> Conditions = default,
    ImmutableArray<string> PodNetworks = default);
