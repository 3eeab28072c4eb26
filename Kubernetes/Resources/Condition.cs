namespace Mesh.Kubernetes.Resources;

/// <summary>One condition of an object's status.</summary>
public sealed record Condition : OpenRecord
{
    public string Type { get; init; } = "";
    public string Status { get; init; } = "";
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public long? ObservedGeneration { get; init; }
    public DateTimeOffset? LastTransitionTime { get; init; }
    public DateTimeOffset? LastProbeTime { get; init; }
    public DateTimeOffset? LastUpdateTime { get; init; }
}
