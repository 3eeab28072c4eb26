namespace Mesh.Benchmarks.Proxies;

/// <summary>How our pair carries connections.</summary>
internal enum MeshMode
{
    /// <summary>As it finds out, with an HTTP/1.1 backend.</summary>
    Http1,

    /// <summary>As it finds out, with an HTTP/2 backend.</summary>
    Http2,

    /// <summary>The port is marked opaque: byte for byte.</summary>
    Opaque,

    /// <summary>The same, every TLS connection with a full handshake, which is not the default.</summary>
    OpaqueNotResumed,
}
