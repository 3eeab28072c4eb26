namespace Mesh.Kubernetes.Resources;

/// <summary>Why a container does not run yet.</summary>
public sealed record ContainerStateWaiting : OpenRecord
{
    public string? Reason { get; init; }
    public string? Message { get; init; }
}
