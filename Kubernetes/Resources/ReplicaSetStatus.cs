namespace Mesh.Kubernetes.Resources;

/// <summary>What is reported about a replica set.</summary>
public sealed record ReplicaSetStatus : OpenRecord
{
    public long? ObservedGeneration { get; init; }
    public int? Replicas { get; init; }
    public int? FullyLabeledReplicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? AvailableReplicas { get; init; }
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
