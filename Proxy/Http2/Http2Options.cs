namespace Mesh.Proxy.Http2;

/// <summary>Limits of an HTTP/2 session.</summary>
internal sealed record Http2Options
{
    /// <summary>
    /// Body bytes of one stream that may be on their way to a reader that does not read. 256 KB: four times the protocol's default, so that
    /// links with a round trip of some milliseconds are filled from the start.
    /// </summary>
    public int StreamWindow { get; init; } = 256 * 1024;

    /// <summary>What a stream's window may grow to while its reader keeps up: 2 MB is 100 MB/s at 20 ms.</summary>
    public int MaxStreamWindow { get; init; } = 2 * 1024 * 1024;

    /// <summary>
    /// The same for all streams of a connection together. Sixteen times a stream's, so that a few readers that do not read leave room
    /// for the others.
    /// </summary>
    public int ConnectionWindow { get; init; } = 4 * 1024 * 1024;

    /// <summary>Streams a peer may have open at once. More than the 100 of common servers, since a connection here carries a whole pod's.</summary>
    public int MaxStreams { get; init; } = 256;

    /// <summary>A message's header fields, decoded, name + value + 32 each (RFC 9113 section 6.5.2): 64 KB as for HTTP/1.1.</summary>
    public int MaxHeaderBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// Streams a peer may begin and reset, or have reset by its mistakes, at once and then per second (CVE-2023-44487, CVE-2025-8671).
    /// nghttp2 allows 1000 and 33.
    /// </summary>
    public int ResetBurst { get; init; } = 1000;

    /// <inheritdoc cref="ResetBurst"/>
    public int ResetsPerSecond { get; init; } = 100;

    /// <summary>Frames that carry nothing (PING, SETTINGS, PRIORITY, empty DATA and the like) at once, and then per second.</summary>
    public int IdleFrameBurst { get; init; } = 10_000;

    /// <inheritdoc cref="IdleFrameBurst"/>
    public int IdleFramesPerSecond { get; init; } = 1000;
}
