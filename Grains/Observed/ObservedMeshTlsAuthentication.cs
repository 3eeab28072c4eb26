using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>A MeshTLSAuthentication (policy.linkerd.io/v1alpha1) with its fields as written; a list is null when absent.</summary>
public sealed record ObservedMeshTlsAuthentication(
    ObservedPolicyMetadata Metadata,
    ImmutableArray<string>? Identities,
    ImmutableArray<ObservedReference>? IdentityRefs);
