namespace Mesh.Proxy.Http1;

/// <summary>What the proxy needs to know of a response head.</summary>
internal struct ResponseHead
{
    /// <summary>Length of the head, the empty line included.</summary>
    public int Length;
    public int Status;
    public int HeadersStart;

    /// <summary>0 or 1, of HTTP/1.x.</summary>
    public int MinorVersion;
    public BodyFraming Framing;
    public long ContentLength;

    /// <summary>The server's connection can be used again after this response.</summary>
    public bool KeepAlive;
    public bool NominatesHeaders;

    /// <summary>The server-side proxy could not reach its application (<see cref="HttpAnswers.UnreachableName"/>).</summary>
    public bool IsUnreachable;

    /// <summary>1xx except 101: another response follows.</summary>
    public readonly bool IsInterim => Status is >= 100 and < 200 and not 101;
}
