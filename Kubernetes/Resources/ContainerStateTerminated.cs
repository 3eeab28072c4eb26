namespace Mesh.Kubernetes.Resources;

/// <summary>How a container ended.</summary>
public sealed record ContainerStateTerminated : OpenRecord
{
    public int ExitCode { get; init; }
    public int? Signal { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string? ContainerID { get; init; }
}
