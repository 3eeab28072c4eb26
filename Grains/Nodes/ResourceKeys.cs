using System.Net.Sockets;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <summary>The keys of resources in node_session.proto.</summary>
internal static class ResourceKeys
{
    public const string PodPrefix = "pod/";
    public const string DestinationPrefix = "destination/";
    public const string EndpointsPrefix = "endpoints/";

    public static string Pod(string uid) => PodPrefix + uid;

    public static string Destination(SocketAddress address) => $"{DestinationPrefix}{address.Ip}:{address.Port}";

    /// <summary>
    /// Clients that use a service by IPv6 get endpoints of their own: "endpoints/east/mc-demo/bb/ipv6". The proxy does not read the key.
    /// </summary>
    public static string Endpoints(ServiceKey service, AddressFamily family = AddressFamily.InterNetwork) =>
        family == AddressFamily.InterNetworkV6 ? $"{EndpointsPrefix}{service}/ipv6" : EndpointsPrefix + service;
}
