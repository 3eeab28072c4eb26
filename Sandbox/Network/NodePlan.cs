using System.Net;

namespace Mesh.Sandbox.Network;

/// <summary>Where one node lives: its names, addresses and directory.</summary>
/// <param name="Name">Kubernetes node name, <c>east-1</c>.</param>
/// <param name="NetworkNamespace">Name under /run/netns.</param>
/// <param name="Address">Address on the fabric.</param>
/// <param name="PodNetwork">The /24 its pods get addresses from.</param>
/// <param name="Directory">The node's root directory: what hostPath volumes of its pods see.</param>
/// <param name="Address6">IPv6 address on the fabric; null in a sandbox without IPv6.</param>
/// <param name="PodNetwork6">The /64 its pods get their second addresses from; null likewise.</param>
internal sealed record NodePlan(
    string Name, string NetworkNamespace, IPAddress Address, IPNetwork PodNetwork, string Directory,
    IPAddress? Address6 = null, IPNetwork? PodNetwork6 = null)
{
    public IEnumerable<IPNetwork> PodNetworks => PodNetwork6 is { } second ? [PodNetwork, second] : [PodNetwork];
}
