namespace Mesh.Kubernetes.Resources;

/// <summary>A condition that must be true before the pod counts as ready.</summary>
public sealed record PodReadinessGate : OpenRecord
{
    public string ConditionType { get; init; } = "";
}
