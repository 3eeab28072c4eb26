namespace Mesh.Kubernetes.Resources;

/// <summary>Fields of the pod as files.</summary>
public sealed record DownwardApiVolume : OpenRecord
{
    public IReadOnlyList<DownwardApiFile> Items { get; init; } = [];
    public int? DefaultMode { get; init; }
}
