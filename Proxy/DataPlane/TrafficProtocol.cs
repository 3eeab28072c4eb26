namespace Mesh.Proxy.DataPlane;

/// <summary>What the proxy takes the bytes of a connection for.</summary>
internal enum TrafficProtocol
{
    /// <summary>Looked at.</summary>
    Detect,

    /// <summary>HTTP/1.0 or 1.1, handled request by request.</summary>
    Http1,

    /// <summary>HTTP/2, gRPC included, handled request by request.</summary>
    Http2,

    /// <summary>Anything else: bytes, handled by the connection.</summary>
    Opaque,
}
