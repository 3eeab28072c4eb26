using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>A node of this silo's cluster.</summary>
/// <param name="Zone">The label topology.kubernetes.io/zone; empty when it has none.</param>
/// <param name="Ips">Its InternalIP addresses.</param>
public sealed record ObservedNode(string Name, string Zone, ImmutableArray<string> Ips);
