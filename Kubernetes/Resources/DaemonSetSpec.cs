namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a daemon set.</summary>
public sealed record DaemonSetSpec : OpenRecord
{
    public LabelSelector Selector { get; init; } = new();
    public PodTemplateSpec Template { get; init; } = new();
    public WorkloadUpdateStrategy? UpdateStrategy { get; init; }
    public int? MinReadySeconds { get; init; }
    public int? RevisionHistoryLimit { get; init; }
}
