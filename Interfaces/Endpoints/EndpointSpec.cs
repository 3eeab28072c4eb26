using System.Collections.Immutable;

namespace Mesh.Interfaces.Endpoints;

/// <summary>One pod (or bare address) behind a service.</summary>
/// <param name="Ip">Its address, in text form.</param>
/// <param name="Pod">The pod's name; empty for an address without a pod.</param>
/// <param name="Identity">The DNS identity it proves itself by; empty when it is not meshed and spoken to in plaintext.</param>
/// <param name="OwnerKind">"deployment", "statefulset", "daemonset", "pod"; lower case.</param>
/// <param name="OwnTargetPorts">Where this endpoint listens on another port than the set's; default or empty: nowhere.</param>
[GenerateSerializer, Immutable, Alias("mesh.EndpointSpec")]
public sealed record EndpointSpec(
    [property: Id(0)] string Ip,
    [property: Id(1)] string Namespace,
    [property: Id(2)] string Pod,
    [property: Id(3)] string Node,
    [property: Id(4)] string Zone,
    [property: Id(5)] string Identity,
    [property: Id(6)] string OwnerKind,
    [property: Id(7)] string OwnerName,
    [property: Id(8)] bool Ready,
    [property: Id(9)] ImmutableArray<PortRange> SkipInboundPorts,
    [property: Id(10)] ImmutableArray<PortRange> OpaquePorts,
    [property: Id(11)] ImmutableArray<EndpointTargetPort> OwnTargetPorts = default);
