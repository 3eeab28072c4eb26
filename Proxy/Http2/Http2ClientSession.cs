using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http2;

/// <summary>The end of an HTTP/2 connection that asks.</summary>
internal sealed class Http2ClientSession : Http2Session
{
    private readonly IClientSessionOwner _owner;
    private ResponseInfo _response;

    /// <param name="loop">Where it lives.</param>
    /// <param name="transport">Connected, handshake done.</param>
    /// <param name="options">Limits.</param>
    /// <param name="isMeshed">Whether the other end is a proxy of the mesh.</param>
    /// <param name="owner">Told when no more streams can be opened.</param>
    public Http2ClientSession(ISessionLoop loop, ByteStream transport, Http2Options options, bool isMeshed, IClientSessionOwner owner)
        : base(loop, transport, options, isServer: false, isMeshed)
    {
        _owner = owner;
        WritePreface();
    }

    /// <summary>Whether <see cref="TryOpen"/> would give a stream now.</summary>
    public bool CanOpen => !IsClosing && StreamCount < Math.Min(PeerMaxStreams, Options.MaxStreams) && NextStream < int.MaxValue - 2;

    /// <summary>What the response says whose headers are being passed to a user.</summary>
    public ref readonly ResponseInfo Response => ref _response;

    /// <returns>A new stream, on which nothing has been sent; null when there may be no more.</returns>
    public Http2Stream? TryOpen(IHttp2StreamUser user)
    {
        if (!CanOpen)
        {
            return null;
        }
        Transport.ClearDeadline();
        var stream = Take(NextStream, user);
        NextStream += 2;
        return stream;
    }

    /// <summary>Nobody has used it for long.</summary>
    public override void OnTimer()
    {
        if (StreamCount == 0)
        {
            BeginClose();
        }
    }

    protected override void OnRequest(Http2Stream stream, HeaderList headers, bool end) =>
        throw new InvalidOperationException("A server cannot open streams.");

    protected override bool IsWellFormed(Http2Stream stream, HeaderList headers, out long contentLength, out bool isFinal)
    {
        contentLength = -1;
        isFinal = true;
        if (stream.HasMessage)
        {
            return TrailerHeaders.Check(headers, out _) == HeaderError.None;
        }
        if (ResponseHeaders.Check(headers, out _response) != HeaderError.None)
        {
            return false;
        }
        isFinal = !_response.IsInterim;
        // RFC 9110 section 8.6: these announce the length of a body that they do not have.
        contentLength = isFinal && _response.Status is not (204 or 304) ? _response.ContentLength : -1;
        return true;
    }

    protected override void OnGoAway(int last, Http2Error code)
    {
        _owner.OnClosing(this);
        ResetAbove(last);
    }

    protected override void OnStreamGone()
    {
        base.OnStreamGone();
        if (!IsClosing && StreamCount == 0)
        {
            Transport.SetDeadline(_owner.IdleTimeout);
        }
    }

    protected override void OnClosed() => _owner.OnClosed(this);
}
