using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>An AuthorizationPolicy (policy.linkerd.io/v1alpha1) with its fields as written.</summary>
/// <param name="TargetRef">spec.targetRef; null when absent.</param>
/// <param name="RequiredAuthenticationRefs">spec.requiredAuthenticationRefs; null when absent, which is not the same as empty.</param>
public sealed record ObservedAuthorizationPolicy(
    ObservedPolicyMetadata Metadata,
    ObservedReference? TargetRef,
    ImmutableArray<ObservedReference>? RequiredAuthenticationRefs);
