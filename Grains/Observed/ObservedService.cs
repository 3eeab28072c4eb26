using System.Collections.Immutable;
using Mesh.Interfaces.Exports;

namespace Mesh.Grains.Observed;

/// <summary>A Service of this silo's cluster, mirrors included: a mirror is known by its labels.</summary>
/// <param name="Type">spec.type: ClusterIP, NodePort, LoadBalancer or ExternalName.</param>
/// <param name="ClusterIps">
/// spec.clusterIPs (or clusterIP) without "None"; empty for a headless service and while none is allocated.
/// </param>
/// <param name="Headless">spec.clusterIP is "None".</param>
/// <param name="TrafficDistribution">spec.trafficDistribution; empty when absent.</param>
/// <param name="IpFamilies">spec.ipFamilies, "IPv4" and "IPv6"; default or empty: not said.</param>
/// <param name="IpFamilyPolicy">spec.ipFamilyPolicy; empty when absent.</param>
public sealed record ObservedService(
    string Namespace,
    string Name,
    string Uid,
    string ResourceVersion,
    ImmutableSortedDictionary<string, string> Labels,
    ImmutableSortedDictionary<string, string> Annotations,
    string Type,
    ImmutableArray<string> ClusterIps,
    bool Headless,
    ImmutableArray<ServicePortSpec> Ports,
    string TrafficDistribution = "",
    ImmutableArray<string> IpFamilies = default,
    string IpFamilyPolicy = "");
