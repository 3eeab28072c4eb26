namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a stateful set.</summary>
public sealed record StatefulSetSpec : OpenRecord
{
    public int? Replicas { get; init; }
    public string? ServiceName { get; init; }
    public LabelSelector Selector { get; init; } = new();
    public PodTemplateSpec Template { get; init; } = new();
    public string? PodManagementPolicy { get; init; }
    public WorkloadUpdateStrategy? UpdateStrategy { get; init; }
    public int? MinReadySeconds { get; init; }
    public int? RevisionHistoryLimit { get; init; }
}
