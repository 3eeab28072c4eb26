namespace Mesh.Kubernetes.Resources;

/// <summary>Which requests a rule is about; all that is set must hold.</summary>
public sealed record HttpRouteMatch : OpenRecord
{
    public RouteValueMatch? Path { get; init; }
    public IReadOnlyList<RouteHeaderMatch> Headers { get; init; } = [];
    public IReadOnlyList<RouteHeaderMatch> QueryParams { get; init; } = [];
    public string? Method { get; init; }
}
