namespace Mesh.Kubernetes.Resources;

/// <summary>A stateful set.</summary>
public sealed record StatefulSet() : KubernetesResource(Definition), IKubernetesResource<StatefulSet>
{
    public static ResourceDefinition Definition { get; } = new("apps", "v1", "statefulsets", "StatefulSet", Namespaced: true);

    public StatefulSetSpec Spec { get; init; } = new();
    public StatefulSetStatus Status { get; init; } = new();
}
