namespace Mesh.Kubernetes.Resources;

/// <summary>Keys of a Secret.</summary>
public sealed record SecretProjection : OpenRecord
{
    public string Name { get; init; } = "";
    public IReadOnlyList<KeyToPath> Items { get; init; } = [];
    public bool? Optional { get; init; }
}
