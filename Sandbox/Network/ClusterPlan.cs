using System.Collections.Immutable;
using System.Net;

namespace Mesh.Sandbox.Network;

/// <summary>Names and addresses of one cluster. Everything follows from its position in the list of clusters.</summary>
/// <param name="Name">The cluster's name.</param>
/// <param name="Index">Its position, from 1.</param>
/// <param name="Prefix">What all names on the machine begin with.</param>
/// <param name="Directory">Where its files are.</param>
/// <param name="Nodes">Its nodes.</param>
/// <param name="DualStack">
/// Whether it has IPv6 beside IPv4. The digits of IPv6 addresses are those of the IPv4 ones: 10.10.2.0/24 and fd00:10:2::/64.
/// </param>
internal sealed record ClusterPlan(
    string Name, int Index, string Prefix, string Directory, ImmutableArray<NodePlan> Nodes, bool DualStack = false)
{
    public const int ApiPort = 6443;

    public string ControlPlane => $"{Name}-cp";

    public string ControlPlaneNamespace => $"{Prefix}-{Name}-cp";

    public IPAddress ControlPlaneAddress => IPAddress.Parse($"10.99.{Index}.1");

    /// <summary>All addresses of this cluster's nodes and control plane.</summary>
    public IPNetwork FabricNetwork => IPNetwork.Parse($"10.99.{Index}.0/24");

    public IPNetwork PodNetwork => IPNetwork.Parse($"10.{10 * Index}.0.0/16");

    public IPNetwork ServiceNetwork => IPNetwork.Parse($"10.{100 + (10 * Index)}.0.0/16");

    public IPAddress? ControlPlaneAddress6 => DualStack ? IPAddress.Parse($"fd00:99::{Index}:1") : null;

    public IPNetwork FabricNetwork6 => IPNetwork.Parse($"fd00:99::{Index}:0/112");

    public IPNetwork PodNetwork6 => IPNetwork.Parse($"fd00:{10 * Index}::/32");

    public IPNetwork? ServiceNetwork6 => DualStack ? IPNetwork.Parse($"fd00:{100 + (10 * Index)}::/112") : null;

    public IEnumerable<IPNetwork> ServiceNetworks => ServiceNetwork6 is { } second ? [ServiceNetwork, second] : [ServiceNetwork];

    public IPAddress ApiServiceAddress => IPAddress.Parse($"10.{100 + (10 * Index)}.0.1");

    public IPAddress DnsServiceAddress => IPAddress.Parse($"10.{100 + (10 * Index)}.0.10");

    public string PkiDirectory => Path.Combine(Directory, "pki");

    public Uri ApiServer => new($"https://{ControlPlaneAddress}:{ApiPort}");
}
