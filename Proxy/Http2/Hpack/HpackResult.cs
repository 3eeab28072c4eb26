namespace Mesh.Proxy.Http2.Hpack;

/// <summary>What came of decoding a header block.</summary>
internal enum HpackResult
{
    Ok,

    /// <summary>
    /// The block makes no sense, or is absurdly large. The table can no longer be trusted: the connection ends with COMPRESSION_ERROR.
    /// </summary>
    CompressionError,

    /// <summary>The fields exceed the limit and were dropped. The table has been kept in step: only this message is refused.</summary>
    TooLarge,
}
