namespace Mesh.Kubernetes.Resources;

/// <summary>Addresses that share the same ports.</summary>
public sealed record EndpointSubset : OpenRecord
{
    public IReadOnlyList<EndpointAddress> Addresses { get; init; } = [];
    public IReadOnlyList<EndpointAddress> NotReadyAddresses { get; init; } = [];
    public IReadOnlyList<EndpointsPort> Ports { get; init; } = [];
}
