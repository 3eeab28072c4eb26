namespace Mesh.Kubernetes.Resources;

/// <summary>One rule of a route for HTTP requests.</summary>
public sealed record HttpRouteRule : OpenRecord
{
    public IReadOnlyList<HttpRouteMatch> Matches { get; init; } = [];
    public IReadOnlyList<RouteFilter> Filters { get; init; } = [];
    public IReadOnlyList<RouteBackendReference> BackendRefs { get; init; } = [];
    public HttpRouteTimeouts? Timeouts { get; init; }
}
