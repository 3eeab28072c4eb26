using System.Collections.Immutable;

namespace Mesh.Interfaces.Endpoints;

/// <summary>One pod (or bare address) behind a service.</summary>
/// <param name="Ip">Its address, in text form.</param>
/// <param name="Pod">The pod's name; empty for an address without a pod.</param>
/// <param name="Identity">The DNS identity it proves itself by; empty when it is not meshed and spoken to in plaintext.</param>
/// <param name="OwnerKind">"deployment", "statefulset", "daemonset", "pod"; lower case.</param>
/// <param name="OwnTargetPorts">Where this endpoint listens on another port than the set's; default or empty: nowhere.</param>
/// <param name="ForZones">Zones of the clients it is meant for, in the endpoint's own cluster; default or empty: no hint.</param>
/// <param name="ForNodes">Nodes of the clients it is meant for; default or empty: no hint.</param>
/// <param name="Weight">Share of requests in per cent of a usual endpoint's, 1 to 10000; 0: not given, that is 100.</param>
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
    [property: Id(11)] ImmutableArray<EndpointTargetPort> OwnTargetPorts = default,
    [property: Id(12)] ImmutableArray<string> ForZones = default,
    [property: Id(13)] ImmutableArray<string> ForNodes = default,
    [property: Id(14)] int Weight = 0);
