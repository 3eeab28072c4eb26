namespace Mesh.Kubernetes.Resources;

/// <summary>One served version of a custom resource.</summary>
public sealed record CustomResourceVersion : OpenRecord
{
    public string Name { get; init; } = "";
    public bool Served { get; init; }
    public bool Storage { get; init; }
    public bool? Deprecated { get; init; }
}
