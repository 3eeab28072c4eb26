using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.DataPlane;

/// <summary>The data plane's log messages, event ids 2000 to 2099.</summary>
internal static partial class DataPlaneLog
{
    [LoggerMessage(EventId = 2000, Level = LogLevel.Debug,
        Message = "{Direction} connection of pod {Namespace}/{Pod} from {Peer} to {Destination} ended: {Error}, {Reason}")]
    public static partial void ConnectionEnded(
        ILogger logger, ConnectionDirection direction, string @namespace, string pod, SocketEndpoint peer, SocketEndpoint destination,
        ProxyError error, string reason);

    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "A loop of the data plane met a bug; the connection is closed")]
    public static partial void Bug(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning,
        Message = "{Direction} connections cannot be accepted: {Error}. Raise the limit of open files if it is reached")]
    public static partial void AcceptFailed(ILogger logger, ConnectionDirection direction, string error);

    [LoggerMessage(EventId = 2007, Level = LogLevel.Warning,
        Message = "Pod {Namespace}/{Pod} has {Most} {Direction} connections, and new ones are closed. Either it is flooded, or it needs a "
            + "higher MESH_LIMIT_CONNECTIONS_PER_POD")]
    public static partial void PodLimit(ILogger logger, string @namespace, string pod, int most, ConnectionDirection direction);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Warning,
        Message = "The control plane did not say in time what {Destination} is; connections go there as plain TCP")]
    public static partial void DiscoveryTimedOut(ILogger logger, SocketEndpoint destination);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Information,
        Message = "Audit: {Client} at {Peer} reached {Namespace}/{Pod} port {Port} without an authorization that allows it")]
    public static partial void Audited(ILogger logger, string client, SocketEndpoint peer, string @namespace, string pod, int port);

    [LoggerMessage(EventId = 2010, Level = LogLevel.Warning,
        Message = "Pod {Namespace}/{Pod} sees its own address instead of that of {Client} and perhaps others, said once: {Reason}")]
    public static partial void SourceLost(ILogger logger, string @namespace, string pod, IpValue client, string reason);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Information, Message = "TLS 1.3 with the key exchange groups {Groups}")]
    public static partial void TlsGroups(ILogger logger, string groups);

    [LoggerMessage(EventId = 2006, Level = LogLevel.Information,
        Message = "{Count} connections are closed: their peers' certificates have expired, or no trust anchor stands behind them any more")]
    public static partial void PeersNotTrusted(ILogger logger, int count);
}
