using System.Collections.Immutable;
using Mesh.Grains.Nodes;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Exports;

namespace Mesh.Grains.Links;

/// <summary>
/// The IP families of a mirror. An API server refuses a family its cluster does not have, and cannot be asked which it has: they are taken
/// from the services that are there.
/// </summary>
internal static class MirrorFamilies
{
    public const string SingleStack = "SingleStack";

    private const string V4 = "IPv4";

    /// <summary>The families of the cluster IPs of the cluster's services.</summary>
    public static ImmutableHashSet<string> InUse(IClusterView view) =>
        [.. view.Services
            .SelectMany(service => service.ClusterIps.IsDefault ? [] : service.ClusterIps)
            .Select(ip => IpFamily.Of(ip) == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IpFamily.V6 : V4)];

    /// <summary>
    /// The target's families in its order, if the local cluster is known to have them all; else none, which leaves the choice to the
    /// cluster. Clients get endpoints of another family where there are no others.
    /// </summary>
    public static ImmutableArray<string> ForNew(ExportedService remote, ImmutableHashSet<string> local) =>
        !remote.IpFamilies.IsDefaultOrEmpty && remote.IpFamilies.All(local.Contains) ? remote.IpFamilies : [];

    public static bool IsDualStack(ExportedService remote) => !remote.IpFamilies.IsDefault && remote.IpFamilies.Length > 1;
}
