namespace Mesh.Kubernetes.Resources;

/// <summary>Whether a service is mirrored, and where.</summary>
public sealed record LinkCondition : OpenRecord
{
    public string Type { get; init; } = "";
    public string Status { get; init; } = "";
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? LastProbeTime { get; init; }
    public DateTimeOffset? LastTransitionTime { get; init; }
    public LinkObjectReference? LocalRef { get; init; }
}
