namespace Mesh.Kubernetes.Resources;

/// <summary>A pod.</summary>
public sealed record Pod() : KubernetesResource(Definition), IKubernetesResource<Pod>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "pods", "Pod", Namespaced: true);

    public PodSpec Spec { get; init; } = new();
    public PodStatus Status { get; init; } = new();
}
