using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Endpoints;

/// <summary>
/// What the appProtocol of a service port says of the bytes,
/// https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol.
/// </summary>
internal static class AppProtocols
{
    /// <summary>Detect for a value that is absent or not known.</summary>
    public static Protocol Parse(string? appProtocol) => appProtocol switch
    {
        "http" or "kubernetes.io/ws" => Protocol.Http1,
        "kubernetes.io/h2c" => Protocol.Http2,
        "grpc" => Protocol.Grpc,
        "linkerd.io/opaque" or "linkerd.io/tcp" => Protocol.Opaque,
        "https" or "kubernetes.io/wss" => Protocol.Tls,
        _ => Protocol.Detect,
    };
}
