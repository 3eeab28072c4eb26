namespace Mesh.Proxy.Detection;

/// <summary>What the first bytes of a connection are.</summary>
internal enum DetectedProtocol
{
    /// <summary>Could still become something; read more.</summary>
    NeedMore,

    /// <summary>A request line of HTTP/1.0 or 1.1.</summary>
    Http1,

    /// <summary>The connection preface of HTTP/2.</summary>
    Http2,

    /// <summary>A TLS ClientHello that offers <c>mesh/1</c> or <c>mesh/2</c>: a proxy of the mesh.</summary>
    MeshTls,

    /// <summary>Any other TLS ClientHello: the application's own.</summary>
    Tls,

    /// <summary>None of these.</summary>
    Opaque,
}
