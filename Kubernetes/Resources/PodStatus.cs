namespace Mesh.Kubernetes.Resources;

/// <summary>What the kubelet reports about a pod.</summary>
public sealed record PodStatus : OpenRecord
{
    public string? Phase { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public string? HostIP { get; init; }
    public string? PodIP { get; init; }
    public IReadOnlyList<PodIP> PodIPs { get; init; } = [];
    public DateTimeOffset? StartTime { get; init; }
    public string? QosClass { get; init; }
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; init; } = [];
    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; init; } = [];
    public long? ObservedGeneration { get; init; }
}
