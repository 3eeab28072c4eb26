namespace Mesh.Kubernetes.Resources;

/// <summary>A path of the node.</summary>
public sealed record HostPathVolume : OpenRecord
{
    public string Path { get; init; } = "";
    public string? Type { get; init; }
}
