namespace Mesh.Kubernetes.Resources;

/// <summary>Files from several sources.</summary>
public sealed record ProjectedVolume : OpenRecord
{
    public IReadOnlyList<VolumeProjection> Sources { get; init; } = [];
    public int? DefaultMode { get; init; }
}
