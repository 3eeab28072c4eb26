namespace Mesh.Proxy.LoadBalancing;

/// <summary>Where a pod runs.</summary>
/// <param name="Cluster">The cluster's name in the mesh: node names mean something within one cluster only.</param>
/// <param name="Node">The node's name.</param>
/// <param name="Zone">The node's label <c>topology.kubernetes.io/zone</c>; empty: not known.</param>
internal readonly record struct Locality(string Cluster, string Node, string Zone);
