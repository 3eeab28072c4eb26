namespace Mesh.Proxy.Http1;

/// <summary>How the end of a body is found (RFC 9112 section 6).</summary>
internal enum BodyFraming
{
    None,
    Length,
    Chunked,

    /// <summary>Responses only: the body ends with the connection.</summary>
    UntilClose,
}
