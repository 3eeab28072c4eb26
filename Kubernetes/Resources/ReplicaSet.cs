namespace Mesh.Kubernetes.Resources;

/// <summary>A replica set.</summary>
public sealed record ReplicaSet() : KubernetesResource(Definition), IKubernetesResource<ReplicaSet>
{
    public static ResourceDefinition Definition { get; } = new("apps", "v1", "replicasets", "ReplicaSet", Namespaced: true);

    public ReplicaSetSpec Spec { get; init; } = new();
    public ReplicaSetStatus Status { get; init; } = new();
}
