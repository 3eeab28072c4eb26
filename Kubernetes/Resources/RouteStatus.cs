namespace Mesh.Kubernetes.Resources;

/// <summary>What became of a route, by what it is attached to.</summary>
public sealed record RouteStatus : OpenRecord
{
    public IReadOnlyList<RouteParentStatus> Parents { get; init; } = [];
}
