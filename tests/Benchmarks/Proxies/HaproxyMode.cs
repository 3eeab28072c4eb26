namespace Mesh.Benchmarks.Proxies;

/// <summary>How a pair of HAProxys carries connections.</summary>
internal enum HaproxyMode
{
    /// <summary>HTTP, kept-alive HTTP/1.1 connections between the two.</summary>
    Http1,

    /// <summary>HTTP, multiplexed over HTTP/2 between the two: the cheapest it can do per request.</summary>
    Http2,

    /// <summary>HTTP, HTTP/2 between the two and to the backend as well.</summary>
    Http2Throughout,

    /// <summary>Byte streams, one TLS connection each, every one with a full handshake.</summary>
    Tcp,

    /// <summary>Byte streams, TLS sessions resumed.</summary>
    TcpResumed,
}
