namespace Mesh.Kubernetes.Resources;

/// <summary>How a header, or a parameter of the query, must be.</summary>
public sealed record RouteHeaderMatch : OpenRecord
{
    public string? Type { get; init; }
    public string Name { get; init; } = "";
    public string Value { get; init; } = "";
}
