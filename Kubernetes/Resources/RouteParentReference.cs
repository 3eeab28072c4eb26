namespace Mesh.Kubernetes.Resources;

/// <summary>What a route is attached to.</summary>
public sealed record RouteParentReference : OpenRecord
{
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Namespace { get; init; }
    public string Name { get; init; } = "";
    public string? SectionName { get; init; }
    public int? Port { get; init; }
}
