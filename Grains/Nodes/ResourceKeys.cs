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

    public static string Endpoints(ServiceKey service) => EndpointsPrefix + service;
}
