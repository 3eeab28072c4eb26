namespace Mesh.Kubernetes.Resources;

/// <summary>Since when a container runs.</summary>
public sealed record ContainerStateRunning : OpenRecord
{
    public DateTimeOffset? StartedAt { get; init; }
}
