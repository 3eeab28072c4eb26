using System.Collections.Immutable;
using System.Net;

namespace Mesh.Sandbox.Network;

/// <summary>Names and addresses of one cluster. Everything follows from its position in the list of clusters.</summary>
internal sealed record ClusterPlan(string Name, int Index, string Prefix, string Directory, ImmutableArray<NodePlan> Nodes)
{
    public const int ApiPort = 6443;

    public string ControlPlane => $"{Name}-cp";

    public string ControlPlaneNamespace => $"{Prefix}-{Name}-cp";

    public IPAddress ControlPlaneAddress => IPAddress.Parse($"10.99.{Index}.1");

    /// <summary>All addresses of this cluster's nodes and control plane.</summary>
    public IPNetwork FabricNetwork => IPNetwork.Parse($"10.99.{Index}.0/24");

    public IPNetwork PodNetwork => IPNetwork.Parse($"10.{10 * Index}.0.0/16");

    public IPNetwork ServiceNetwork => IPNetwork.Parse($"10.{100 + (10 * Index)}.0.0/16");

    public IPAddress ApiServiceAddress => IPAddress.Parse($"10.{100 + (10 * Index)}.0.1");

    public IPAddress DnsServiceAddress => IPAddress.Parse($"10.{100 + (10 * Index)}.0.10");

    public string PkiDirectory => Path.Combine(Directory, "pki");

    public Uri ApiServer => new($"https://{ControlPlaneAddress}:{ApiPort}");
}
