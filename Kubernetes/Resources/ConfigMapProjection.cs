namespace Mesh.Kubernetes.Resources;

/// <summary>Keys of a ConfigMap.</summary>
public sealed record ConfigMapProjection : OpenRecord
{
    public string Name { get; init; } = "";
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];
    public bool? Optional { get; init; }
}
