namespace Mesh.Proxy.Tls;

/// <summary>What two proxies speak inside TLS, negotiated with ALPN (RFC 7301). As an offer several may be set.</summary>
[Flags]
internal enum MeshProtocol : byte
{
    /// <summary>Nothing negotiated yet.</summary>
    None = 0,

    /// <summary><c>mesh/1</c>: the connection is one stream of bytes.</summary>
    Stream = 1,

    /// <summary><c>mesh/2</c>: an HTTP/2 connection that carries many.</summary>
    Multiplexed = 2,

    /// <summary>Both offered, <see cref="Multiplexed"/> preferred.</summary>
    PreferMultiplexed = Multiplexed | Stream,
}
