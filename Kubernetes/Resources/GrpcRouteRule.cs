namespace Mesh.Kubernetes.Resources;

/// <summary>One rule of a route for gRPC calls.</summary>
public sealed record GrpcRouteRule : OpenRecord
{
    public IReadOnlyList<GrpcRouteMatch> Matches { get; init; } = [];
    public IReadOnlyList<RouteFilter> Filters { get; init; } = [];
    public IReadOnlyList<RouteBackendReference> BackendRefs { get; init; } = [];
}
