namespace Mesh.Kubernetes.Resources;

/// <summary>What is reported about a stateful set.</summary>
public sealed record StatefulSetStatus : OpenRecord
{
    public long? ObservedGeneration { get; init; }
    public int? Replicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? CurrentReplicas { get; init; }
    public int? UpdatedReplicas { get; init; }
    public int? AvailableReplicas { get; init; }
    public string? CurrentRevision { get; init; }
    public string? UpdateRevision { get; init; }
    public int? CollisionCount { get; init; }
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
