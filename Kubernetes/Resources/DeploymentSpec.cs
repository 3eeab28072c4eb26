namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a deployment.</summary>
public sealed record DeploymentSpec : OpenRecord
{
    public int? Replicas { get; init; }
    public LabelSelector Selector { get; init; } = new();
    public PodTemplateSpec Template { get; init; } = new();
    public DeploymentStrategy? Strategy { get; init; }
    public int? MinReadySeconds { get; init; }
    public int? RevisionHistoryLimit { get; init; }
    public int? ProgressDeadlineSeconds { get; init; }
    public bool? Paused { get; init; }
}
