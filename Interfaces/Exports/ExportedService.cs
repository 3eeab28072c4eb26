using System.Collections.Immutable;
using Mesh.Interfaces.Keys;

namespace Mesh.Interfaces.Exports;

/// <summary>What a mirror of a service is made from: its metadata and ports, as they are in its own cluster.</summary>
/// <param name="TrafficDistribution">spec.trafficDistribution; empty when absent.</param>
/// <param name="IpFamilies">spec.ipFamilies, "IPv4" and "IPv6"; default or empty: not said.</param>
[GenerateSerializer, Immutable, Alias("mesh.ExportedService")]
public sealed record ExportedService(
    [property: Id(0)] ServiceKey Key,
    [property: Id(1)] string ResourceVersion,
    [property: Id(2)] ImmutableSortedDictionary<string, string> Labels,
    [property: Id(3)] ImmutableSortedDictionary<string, string> Annotations,
    [property: Id(4)] ImmutableArray<ServicePortSpec> Ports,
    [property: Id(5)] bool Headless,
    [property: Id(6)] string ClusterDomain,
    [property: Id(7)] string TrafficDistribution = "",
    [property: Id(8)] ImmutableArray<string> IpFamilies = default);
