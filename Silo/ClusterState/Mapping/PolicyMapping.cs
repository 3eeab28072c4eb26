using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>
/// Makes the observed records of policy objects, with their fields as written: whether they are valid is the planners' business.
/// </summary>
internal static class PolicyMapping
{
    public static ObservedServer Map(Server server) => new(
        Metadata(server.Metadata, server.Status),
        server.ApiVersion.Split('/')[^1],
        SelectorMapping.Map(server.Spec.PodSelector),
        server.Spec.ExternalWorkloadSelector is not null,
        server.Spec.Port.IsValid ? server.Spec.Port.ToString() : null,
        server.Spec.ProxyProtocol,
        server.Spec.AccessPolicy);

    public static ObservedAuthorizationPolicy Map(AuthorizationPolicy policy) => new(
        Metadata(policy.Metadata, policy.Status),
        policy.Spec.TargetRef is { } target ? Reference(target) : null,
        References(policy.Spec.RequiredAuthenticationRefs));

    public static ObservedMeshTlsAuthentication Map(MeshTLSAuthentication authentication) => new(
        Metadata(authentication.Metadata, authentication.Status),
        authentication.Spec.Identities is { } identities ? [.. identities] : null,
        References(authentication.Spec.IdentityRefs));

    // An absent list and an empty one are refused alike.
    public static ObservedNetworkAuthentication Map(NetworkAuthentication authentication) => new(
        Metadata(authentication.Metadata, authentication.Status),
        [.. authentication.Spec.Networks.Select(n => new ObservedNetwork(n.Cidr, [.. n.Except]))]);

    private static ObservedPolicyMetadata Metadata(ObjectMeta metadata, PolicyStatus status) => new(
        metadata.Namespace ?? "",
        metadata.Name,
        metadata.Uid ?? "",
        metadata.ResourceVersion ?? "",
        metadata.Generation ?? 0,
        metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        [.. status.Conditions.Select(c => new ObservedCondition(
            c.Type, c.Status, c.Reason ?? "", c.Message ?? "", c.LastTransitionTime ?? DateTimeOffset.MinValue,
            c.ObservedGeneration ?? 0))]);

    private static ObservedReference Reference(PolicyReference reference) =>
        new(reference.Group ?? "", reference.Kind, reference.Name, reference.Namespace);

    private static ImmutableArray<ObservedReference>? References(IReadOnlyList<PolicyReference>? references) =>
        references is null ? null : [.. references.Select(Reference)];
}
