using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>An EndpointSlice of this silo's cluster.</summary>
/// <param name="ServiceName">The label kubernetes.io/service-name; empty when it has none.</param>
/// <param name="AddressType">IPv4, IPv6 or FQDN.</param>
public sealed record ObservedEndpointSlice(
    string Namespace,
    string Name,
    string ServiceName,
    string AddressType,
    ImmutableArray<ObservedSlicePort> Ports,
    ImmutableArray<ObservedSliceEndpoint> Endpoints);
