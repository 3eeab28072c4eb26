using System.Collections.Immutable;
using Mesh.Interfaces.Exports;

namespace Mesh.Grains.Ports;

/// <summary>A mirror service as it should be: type ClusterIP, no selector.</summary>
/// <param name="Ports">Name, port, protocol and target port; node port and appProtocol are not mirrored.</param>
/// <param name="ReplacesUid">The uid of the mirror it replaces; null when there is none yet.</param>
/// <param name="IpFamilies">For a new mirror spec.ipFamilies; default or empty: as the cluster likes.</param>
/// <param name="DualStack">spec.ipFamilyPolicy is to be PreferDualStack, which a cluster with one family accepts as well.</param>
public sealed record MirrorServiceSpec(
    string Namespace,
    string Name,
    ImmutableSortedDictionary<string, string> Labels,
    ImmutableSortedDictionary<string, string> Annotations,
    ImmutableArray<ServicePortSpec> Ports,
    string? ReplacesUid,
    ImmutableArray<string> IpFamilies = default,
    bool DualStack = false);
