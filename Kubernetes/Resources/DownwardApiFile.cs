namespace Mesh.Kubernetes.Resources;

/// <summary>One field of the pod as a file.</summary>
public sealed record DownwardApiFile : OpenRecord
{
    public string Path { get; init; } = "";
    public ObjectFieldSelector? FieldRef { get; init; }
    public ResourceFieldSelector? ResourceFieldRef { get; init; }
    public int? Mode { get; init; }
}
