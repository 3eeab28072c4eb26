using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>An HTTPRoute or GRPCRoute with its fields as written.</summary>
/// <param name="Metadata">Its conditions are empty: a route has them by parent.</param>
/// <param name="Group">gateway.networking.k8s.io or policy.linkerd.io.</param>
/// <param name="Version">The version it was read in, such as "v1".</param>
/// <param name="Kind">HTTPRoute or GRPCRoute.</param>
/// <param name="ParentStatuses">status.parents as this mesh has written it; the entries of other controllers are left out.</param>
public sealed record ObservedRoute(
    ObservedPolicyMetadata Metadata,
    string Group,
    string Version,
    string Kind,
    ImmutableSortedDictionary<string, string> Annotations,
    ImmutableArray<ObservedRouteParent> Parents,
    ImmutableArray<string> Hostnames,
    ImmutableArray<ObservedRouteRule> Rules,
    ImmutableArray<ObservedRouteParentStatus> ParentStatuses)
{
    /// <summary>The controllerName of this mesh in status.parents.</summary>
    public const string Controller = "mesh-orleans.io/route-controller";

    public bool IsGrpc => Kind == "GRPCRoute";
}
