namespace Mesh.Kubernetes.Resources;

/// <summary>The pod that a workload makes copies of.</summary>
public sealed record PodTemplateSpec : OpenRecord
{
    public ObjectMeta Metadata { get; init; } = new();
    public PodSpec Spec { get; init; } = new();
}
