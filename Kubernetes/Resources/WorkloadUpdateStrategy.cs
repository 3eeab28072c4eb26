namespace Mesh.Kubernetes.Resources;

/// <summary>How a StatefulSet or DaemonSet replaces its pods: RollingUpdate or OnDelete.</summary>
public sealed record WorkloadUpdateStrategy : OpenRecord
{
    public string? Type { get; init; }
    public RollingUpdate? RollingUpdate { get; init; }
}
