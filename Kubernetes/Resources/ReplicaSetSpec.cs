namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a replica set.</summary>
public sealed record ReplicaSetSpec : OpenRecord
{
    public int? Replicas { get; init; }
    public LabelSelector Selector { get; init; } = new();
    public PodTemplateSpec Template { get; init; } = new();
    public int? MinReadySeconds { get; init; }
}
