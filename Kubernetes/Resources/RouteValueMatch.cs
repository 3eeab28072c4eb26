namespace Mesh.Kubernetes.Resources;

/// <summary>How a path must be.</summary>
public sealed record RouteValueMatch : OpenRecord
{
    public string? Type { get; init; }
    public string? Value { get; init; }
}
