namespace Mesh.Kubernetes.Resources;

/// <summary>Which HTTP requests a route is about, and what is done with them.</summary>
public sealed record HttpRouteSpec : OpenRecord
{
    public IReadOnlyList<RouteParentReference> ParentRefs { get; init; } = [];
    public IReadOnlyList<string> Hostnames { get; init; } = [];
    public IReadOnlyList<HttpRouteRule> Rules { get; init; } = [];
}
