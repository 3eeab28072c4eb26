namespace Mesh.Kubernetes.Resources;

/// <summary>A part of a service's addresses.</summary>
public sealed record EndpointSlice() : KubernetesResource(Definition), IKubernetesResource<EndpointSlice>
{
    public static ResourceDefinition Definition { get; } = new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", Namespaced: true);

    public string AddressType { get; init; } = "";
    [WrittenWhenEmpty]
    public IReadOnlyList<Endpoint> Endpoints { get; init; } = [];
    public IReadOnlyList<EndpointSlicePort> Ports { get; init; } = [];
}
