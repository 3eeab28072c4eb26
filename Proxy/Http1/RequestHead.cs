namespace Mesh.Proxy.Http1;

/// <summary>What the proxy needs to know of a request head. Offsets are from the head's first byte.</summary>
internal struct RequestHead
{
    /// <summary>Length of the head, the empty line included.</summary>
    public int Length;
    public HttpVerb Verb;
    public int TargetStart;
    public int TargetLength;

    /// <summary>Where the first header line begins.</summary>
    public int HeadersStart;

    /// <summary>0 or 1, of HTTP/1.x.</summary>
    public int MinorVersion;
    public BodyFraming Framing;
    public long ContentLength;

    /// <summary>The client wants to go on using the connection.</summary>
    public bool KeepAlive;

    /// <summary>The client asks for another protocol on this connection (not HTTP/2, which would escape per-request authorization).</summary>
    public bool IsUpgrade;
    public bool NominatesHeaders;

    /// <summary>RFC 9110 section 9.2.2: may be sent again when nobody knows whether it arrived.</summary>
    public readonly bool IsIdempotent =>
        Verb is HttpVerb.Get or HttpVerb.Head or HttpVerb.Put or HttpVerb.Delete or HttpVerb.Options or HttpVerb.Trace;
}
