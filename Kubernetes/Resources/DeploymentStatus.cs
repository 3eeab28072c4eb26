namespace Mesh.Kubernetes.Resources;

/// <summary>What is reported about a deployment.</summary>
public sealed record DeploymentStatus : OpenRecord
{
    public long? ObservedGeneration { get; init; }
    public int? Replicas { get; init; }
    public int? UpdatedReplicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? AvailableReplicas { get; init; }
    public int? UnavailableReplicas { get; init; }
    public int? CollisionCount { get; init; }
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
