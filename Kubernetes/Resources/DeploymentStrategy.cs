namespace Mesh.Kubernetes.Resources;

/// <summary>RollingUpdate or Recreate.</summary>
public sealed record DeploymentStrategy : OpenRecord
{
    public string? Type { get; init; }
    public RollingUpdate? RollingUpdate { get; init; }
}
