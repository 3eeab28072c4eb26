using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Grains.Observed;
using Mesh.Interfaces.Links;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.ClusterState.Mapping;

/// <summary>
/// Makes the observed records of policy objects, with their fields as written: whether they are valid is the planners' business.
/// </summary>
internal static class PolicyMapping
{
    /// <summary>No access policy is called this, so that a Server which has it is judged invalid.</summary>
    private const string Unreadable = "unreadable";

    private static readonly LabelSelectorSpec EveryPod = new(ImmutableSortedDictionary<string, string>.Empty, []);

    public static ObservedServer Map(Server server) => new(
        Metadata(server.Metadata, server.Status),
        server.ApiVersion.Split('/')[^1],
        SelectorMapping.Map(server.Spec.PodSelector),
        server.Spec.ExternalWorkloadSelector is not null,
        server.Spec.Port.IsValid ? server.Spec.Port.ToString() : null,
        server.Spec.ProxyProtocol,
        server.Spec.AccessPolicy);

    /// <summary>
    /// A Server whose form is not a Server's: it governs the port it names, on every pod of its namespace, and admits nobody there.
    /// </summary>
    public static ObservedServer Map(UndecodableResource broken)
    {
        var port = broken.Json.ValueKind == JsonValueKind.Object
            && broken.Json.TryGetProperty("spec", out var spec) && spec.ValueKind == JsonValueKind.Object
            && spec.TryGetProperty("port", out var value) && value.ValueKind is JsonValueKind.Number or JsonValueKind.String
                ? value.ToString()
                : null;
        var metadata = new ObservedPolicyMetadata(
            broken.Namespace, broken.Name, "", broken.ResourceVersion, 0, DateTimeOffset.MinValue, []);
        return new ObservedServer(metadata, "", EveryPod, false, port, null, Unreadable);
    }

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

    public static ImmutableArray<ObservedCondition> Conditions(IEnumerable<Condition> conditions) =>
        [.. conditions.Select(c => new ObservedCondition(
            c.Type, c.Status, c.Reason ?? "", c.Message ?? "", c.LastTransitionTime ?? DateTimeOffset.MinValue,
            c.ObservedGeneration ?? 0))];

    private static ObservedPolicyMetadata Metadata(ObjectMeta metadata, PolicyStatus status) => new(
        metadata.Namespace ?? "",
        metadata.Name,
        metadata.Uid ?? "",
        metadata.ResourceVersion ?? "",
        metadata.Generation ?? 0,
        metadata.CreationTimestamp ?? DateTimeOffset.MinValue,
        Conditions(status.Conditions));

    private static ObservedReference Reference(PolicyReference reference) =>
        new(reference.Group ?? "", reference.Kind, reference.Name, reference.Namespace);

    private static ImmutableArray<ObservedReference>? References(IReadOnlyList<PolicyReference>? references) =>
        references is null ? null : [.. references.Select(Reference)];
}
