namespace Mesh.Proxy.Http2.Frames;

/// <summary>What a checked response says. Positions are fields of its list; -1 when there is none.</summary>
internal struct ResponseInfo
{
    public int Status;

    /// <summary>-1 when there is none.</summary>
    public long ContentLength;
    public int ContentType;

    /// <summary>The position of grpc-status, for a response that is trailers only.</summary>
    public int GrpcStatus;
    public bool IsGrpc;

    /// <summary>There is a field that only a proxy may set.</summary>
    public bool HasReserved;

    /// <summary>1xx: another response follows.</summary>
    public readonly bool IsInterim => Status < 200;
}
