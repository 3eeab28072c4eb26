namespace Mesh.Kubernetes.Resources;

/// <summary>Fields of the pod as files.</summary>
public sealed record DownwardApiProjection : OpenRecord
{
    public IReadOnlyList<DownwardApiFile> Items { get; init; } = [];
}
