using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>What a checked request says. Positions are fields of its list; -1 when there is none.</summary>
internal struct RequestInfo
{
    public HttpVerb Verb;
    public int Method;

    /// <summary>-1 for CONNECT.</summary>
    public int Path;

    /// <summary>-1 for CONNECT.</summary>
    public int Scheme;

    /// <summary>The field that names the recipient: :authority, or Host when that is missing.</summary>
    public int Authority;

    /// <summary>The Host field, which equals :authority when both are there.</summary>
    public int Host;

    /// <summary>The position of :protocol (RFC 8441).</summary>
    public int Protocol;
    public int ContentType;

    /// <summary>-1 when there is none. The sum of the DATA frames must equal it (RFC 9113 section 8.1.1).</summary>
    public long ContentLength;

    /// <summary>Into how many fields Cookie was cut (RFC 9113 section 8.2.3). For HTTP/1.1 they are joined with "; ".</summary>
    public int CookieCount;

    /// <summary>The content type is application/grpc or one of its kind.</summary>
    public bool IsGrpc;

    /// <summary>TE: trailers.</summary>
    public bool TakesTrailers;

    /// <summary>Expect: 100-continue.</summary>
    public bool ExpectsContinue;

    /// <summary>There is a field that only a proxy may set.</summary>
    public bool HasReserved;

    public readonly bool IsConnect => Verb == HttpVerb.Connect;

    /// <inheritdoc cref="RequestHead.IsIdempotent"/>
    public readonly bool IsIdempotent =>
        Verb is HttpVerb.Get or HttpVerb.Head or HttpVerb.Put or HttpVerb.Delete or HttpVerb.Options or HttpVerb.Trace;
}
