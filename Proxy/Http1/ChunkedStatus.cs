namespace Mesh.Proxy.Http1;

/// <summary>Where a chunked body is.</summary>
internal enum ChunkedStatus
{
    NeedMore,
    Done,
    Invalid,
}
