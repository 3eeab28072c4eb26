namespace Mesh.Kubernetes.Resources;

/// <summary>A directory that lives as long as its pod.</summary>
public sealed record EmptyDirVolume : OpenRecord
{
    public string? Medium { get; init; }
    public string? SizeLimit { get; init; }
}
