using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http2;

/// <summary>The end of an HTTP/2 connection that is asked.</summary>
internal sealed class Http2ServerSession : Http2Session
{
    private readonly IServerSessionOwner _owner;
    private RequestInfo _request;

    /// <param name="loop">Where it lives.</param>
    /// <param name="transport">Accepted; the client's preface is in its buffer or still to come.</param>
    /// <param name="options">Limits.</param>
    /// <param name="isMeshed">Whether the client is a proxy of the mesh.</param>
    /// <param name="owner">Given the requests.</param>
    public Http2ServerSession(ISessionLoop loop, ByteStream transport, Http2Options options, bool isMeshed, IServerSessionOwner owner)
        : base(loop, transport, options, isServer: true, isMeshed)
    {
        _owner = owner;
        WritePreface();
        transport.SetDeadline(owner.SettingsTimeout);
    }

    /// <summary>What the request says that is being passed on.</summary>
    public ref readonly RequestInfo Request => ref _request;

    public override void OnTimer()
    {
        if (StreamCount == 0)
        {
            BeginClose();
        }
    }

    protected override void OnSettled() => Transport.SetDeadline(_owner.IdleTimeout);

    protected override void OnRequest(Http2Stream stream, HeaderList headers, bool end)
    {
        Transport.ClearDeadline();
        _owner.OnRequest(stream, headers, end);
    }

    protected override bool IsWellFormed(Http2Stream stream, HeaderList headers, out long contentLength, out bool isFinal)
    {
        isFinal = true;
        contentLength = -1;
        if (stream.HasMessage)
        {
            return TrailerHeaders.Check(headers, out _) == HeaderError.None;
        }
        var error = RequestHeaders.Check(headers, out _request);
        contentLength = _request.ContentLength;
        return error == HeaderError.None;
    }

    protected override void OnGoAway(int last, Http2Error code)
    {
        // The client opens no more streams; those there are finish.
    }

    protected override void OnStreamGone()
    {
        base.OnStreamGone();
        if (!IsClosing && StreamCount == 0)
        {
            Transport.SetDeadline(_owner.IdleTimeout);
        }
    }

    protected override void OnClosed() => _owner.OnClosed();
}
