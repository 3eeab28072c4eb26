using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>A NetworkAuthentication (policy.linkerd.io/v1alpha1) with its fields as written; the list is null when absent.</summary>
public sealed record ObservedNetworkAuthentication(ObservedPolicyMetadata Metadata, ImmutableArray<ObservedNetwork>? Networks);
