namespace Mesh.Kubernetes.Resources;

/// <summary>How many pods a rollout may add, take away, or leave alone.</summary>
public sealed record RollingUpdate : OpenRecord
{
    public IntOrString? MaxUnavailable { get; init; }
    public IntOrString? MaxSurge { get; init; }
    public int? Partition { get; init; }
}
