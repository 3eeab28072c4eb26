using System.Net;

namespace Mesh.Sandbox.Network;

/// <summary>Where one node lives: its names, addresses and directory.</summary>
/// <param name="Name">Kubernetes node name, <c>east-1</c>.</param>
/// <param name="NetworkNamespace">Name under /run/netns.</param>
/// <param name="Address">Address on the fabric.</param>
/// <param name="PodNetwork">The /24 its pods get addresses from.</param>
/// <param name="Directory">The node's root directory: what hostPath volumes of its pods see.</param>
internal sealed record NodePlan(string Name, string NetworkNamespace, IPAddress Address, IPNetwork PodNetwork, string Directory);
