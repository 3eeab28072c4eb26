using System.Collections.Frozen;

namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a pod.</summary>
public sealed record PodSpec : OpenRecord
{
    public string? NodeName { get; init; }
    public string? ServiceAccountName { get; init; }
    public bool? AutomountServiceAccountToken { get; init; }
    public bool? HostNetwork { get; init; }
    public bool? HostPID { get; init; }
    public bool? HostIPC { get; init; }
    public bool? ShareProcessNamespace { get; init; }
    public string? Hostname { get; init; }
    public string? Subdomain { get; init; }
    public string? DnsPolicy { get; init; }
    public PodDnsConfig? DnsConfig { get; init; }
    public string? RestartPolicy { get; init; }
    public long? TerminationGracePeriodSeconds { get; init; }
    public long? ActiveDeadlineSeconds { get; init; }
    public string? PriorityClassName { get; init; }
    public string? SchedulerName { get; init; }
    public bool? EnableServiceLinks { get; init; }
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = FrozenDictionary<string, string>.Empty;
    public IReadOnlyList<Toleration> Tolerations { get; init; } = [];
    public PodSecurityContext? SecurityContext { get; init; }
    public IReadOnlyList<Container> InitContainers { get; init; } = [];
    public IReadOnlyList<Container> Containers { get; init; } = [];
    public IReadOnlyList<Volume> Volumes { get; init; } = [];
    public IReadOnlyList<PodReadinessGate> ReadinessGates { get; init; } = [];
}
