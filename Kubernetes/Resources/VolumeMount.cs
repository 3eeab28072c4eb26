namespace Mesh.Kubernetes.Resources;

/// <summary>Where a volume appears in a container.</summary>
public sealed record VolumeMount : OpenRecord
{
    public string Name { get; init; } = "";
    public string MountPath { get; init; } = "";
    public bool? ReadOnly { get; init; }
    public string? SubPath { get; init; }
    public string? MountPropagation { get; init; }
}
