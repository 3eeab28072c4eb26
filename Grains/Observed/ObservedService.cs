using System.Collections.Immutable;
using Mesh.Interfaces.Exports;

namespace Mesh.Grains.Observed;

/// <summary>A Service of this silo's cluster, mirrors included: a mirror is known by its labels.</summary>
/// <param name="Type">spec.type: ClusterIP, NodePort, LoadBalancer or ExternalName.</param>
/// <param name="ClusterIps">
/// spec.clusterIPs (or clusterIP) without "None"; empty for a headless service and while none is allocated.
/// </param>
/// <param name="Headless">spec.clusterIP is "None".</param>
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
    ImmutableArray<ServicePortSpec> Ports);
