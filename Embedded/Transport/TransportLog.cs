using System.Net;
using Microsoft.Extensions.Logging;

namespace Orleans.Embedded.Transport;

internal static partial class TransportLog
{
    [LoggerMessage(4001, LogLevel.Information, "Connected to silo {Name} of cluster '{Cluster}' at {EndPoint}")]
    public static partial void Connected(this ILogger log, IPEndPoint endPoint, string name, string cluster);

    [LoggerMessage(4002, LogLevel.Information, "The connection to silo {EndPoint} ended ({Reason}); trying again")]
    public static partial void Reconnecting(this ILogger log, IPEndPoint endPoint, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "Silo {EndPoint} counts as dead: {Reason}. It is tried again and again")]
    public static partial void Unreachable(this ILogger log, IPEndPoint endPoint, string reason);

    [LoggerMessage(4004, LogLevel.Warning, "No connection could be accepted; trying again")]
    public static partial void AcceptFailed(this ILogger log, Exception exception);

    [LoggerMessage(4005, LogLevel.Warning, "A connection from {Peer} was refused: {Reason}")]
    public static partial void Refused(this ILogger log, string peer, string reason);

    [LoggerMessage(4006, LogLevel.Debug, "The connection from silo {Name} at {Peer} ended: {Reason}")]
    public static partial void PeerEnded(this ILogger log, string name, string peer, string reason);

    [LoggerMessage(4007, LogLevel.Warning, "A seed provider failed; it is asked again later")]
    public static partial void SeedsFailed(this ILogger log, Exception exception);

    [LoggerMessage(4008, LogLevel.Debug, "Seed {EndPoint} does not answer: {Reason}")]
    public static partial void SeedSilent(this ILogger log, IPEndPoint endPoint, string reason);
}
