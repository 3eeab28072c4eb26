using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Endpoints;

/// <summary>
/// What the appProtocol of a service port says of the bytes,
/// https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol.
/// </summary>
internal static class AppProtocols
{
    /// <summary>What Linkerd calls a stream that is not looked at.</summary>
    public const string Opaque = "linkerd.io/opaque";

    /// <summary>
    /// Detect when there is none. A protocol that is not known is Opaque, as with Linkerd: who writes "mysql" says that it is no HTTP, and
    /// waiting for bytes could wait for ever.
    /// </summary>
    public static Protocol Parse(string? appProtocol) => appProtocol?.ToLowerInvariant() switch
    {
        null or "" => Protocol.Detect,
        "http" or "kubernetes.io/ws" or "ws" => Protocol.Http1,
        "kubernetes.io/h2c" or "h2c" or "http2" => Protocol.Http2,
        "grpc" => Protocol.Grpc,
        "https" or "tls" or "kubernetes.io/wss" or "wss" => Protocol.Tls,
        _ => Protocol.Opaque,
    };
}
