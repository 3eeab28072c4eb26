namespace Mesh.Kubernetes.Resources;

/// <summary>A reference from one policy object to another.</summary>
public sealed record PolicyReference : OpenRecord
{
    public string? Group { get; init; }
    public string Kind { get; init; } = "";
    public string Name { get; init; } = "";
    public string? Namespace { get; init; }
}
