namespace Mesh.Kubernetes.Resources;

/// <summary>A service on either side of a link.</summary>
public sealed record LinkObjectReference : OpenRecord
{
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Namespace { get; init; }
}
