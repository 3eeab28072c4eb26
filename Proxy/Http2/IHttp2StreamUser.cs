using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2;

/// <summary>
/// Whoever a stream belongs to. Called from the session's turn; must not close the session. After <see cref="OnReset"/> nothing more comes.
/// </summary>
internal interface IHttp2StreamUser
{
    /// <summary>A header block: of the message (also interim ones), or its trailers.</summary>
    /// <param name="stream">Which stream.</param>
    /// <param name="headers">Valid during the call.</param>
    /// <param name="end">Whether the peer says no more after it.</param>
    void OnHeaders(Http2Stream stream, HeaderList headers, bool end);

    /// <summary>Bytes of the body. All must be taken; <see cref="Http2Stream.Credit"/> says when more may come.</summary>
    void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool end);

    /// <summary>There is room again for what <see cref="Http2Stream.TrySendHeaders"/> or <see cref="Http2Stream.SendData"/> did not take.</summary>
    void OnWritable(Http2Stream stream);

    /// <summary>The stream is over before its time: the peer has reset it, or the connection is gone.</summary>
    /// <param name="stream">Which stream; do not use it any more.</param>
    /// <param name="code">The peer's reason. REFUSED_STREAM: the peer has not looked at it.</param>
    void OnReset(Http2Stream stream, Http2Error code);
}
