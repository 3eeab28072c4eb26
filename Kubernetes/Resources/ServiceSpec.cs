using System.Collections.Frozen;

namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a service.</summary>
public sealed record ServiceSpec : OpenRecord
{
    public string? Type { get; init; }
    public string? ClusterIP { get; init; }
    public IReadOnlyList<string> ClusterIPs { get; init; } = [];
    public IReadOnlyDictionary<string, string> Selector { get; init; } = FrozenDictionary<string, string>.Empty;
    public IReadOnlyList<ServicePort> Ports { get; init; } = [];
    public string? ExternalName { get; init; }
    public string? SessionAffinity { get; init; }
    public bool? PublishNotReadyAddresses { get; init; }
    public string? InternalTrafficPolicy { get; init; }
    public string? ExternalTrafficPolicy { get; init; }
    public string? TrafficDistribution { get; init; }
    public IReadOnlyList<string> IpFamilies { get; init; } = [];
    public string? IpFamilyPolicy { get; init; }
}
