namespace Mesh.Kubernetes.Resources;

/// <summary>Which gRPC calls a route is about, and what is done with them.</summary>
public sealed record GrpcRouteSpec : OpenRecord
{
    public IReadOnlyList<RouteParentReference> ParentRefs { get; init; } = [];
    public IReadOnlyList<string> Hostnames { get; init; } = [];
    public IReadOnlyList<GrpcRouteRule> Rules { get; init; } = [];
}
