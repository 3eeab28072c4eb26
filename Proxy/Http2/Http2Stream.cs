using System.Diagnostics;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2;

/// <summary>
/// One stream of a session, as its user sees it. It is given back to the session exactly once: with <see cref="Finish"/>, or by
/// <see cref="IHttp2StreamUser.OnReset"/>; after that it may stand for another stream. Used on the session's loop.
/// </summary>
internal sealed class Http2Stream(Http2Session session)
{
    // Windows grow for streams that turn out to be long and whose reader keeps up.
    private int _window;
    private int _uncredited;
    private int _unannounced;
    private long _received;

    public int Id { get; private set; }

    public Http2Session Session { get; } = session;

    public IHttp2StreamUser User { get; private set; } = null!;

    /// <summary>We have said all we have to say.</summary>
    public bool LocalEnded { get; private set; }

    /// <summary>The peer has said all it has to say.</summary>
    public bool RemoteEnded { get; private set; }

    /// <summary>The answer to this request has no body, whatever length it announces (HEAD).</summary>
    public bool HasNoBody { get; set; }

    /// <summary>Its place in the session is free again; only <see cref="Finish"/> makes sense now.</summary>
    public bool IsOver => LocalEnded && RemoteEnded;

    /// <summary>How many body bytes the peer may be sent; below 0 after it has shrunk its window.</summary>
    internal long SendWindow { get; private set; }

    /// <summary>How many body bytes the peer may send.</summary>
    internal int ReceiveWindow { get; private set; }

    /// <summary>The user waits for <see cref="IHttp2StreamUser.OnWritable"/>.</summary>
    public bool WantsToWrite { get; internal set; }

    /// <summary>It is in the session's queue of streams that wait for room in the connection.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>What is left of the content-length that was announced; negative: none was.</summary>
    internal long Expected { get; set; }

    /// <summary>The peer's final header block has come: the next one is trailers.</summary>
    internal bool HasMessage { get; set; }

    /// <summary>Sends a header block.</summary>
    /// <param name="headers">Its fields.</param>
    /// <param name="extra">One more field, or none; encoded apart, so that what is known of <paramref name="headers"/> stays of use.</param>
    /// <param name="end">Whether nothing follows.</param>
    /// <returns>False: there is no room now, and nothing was sent; <see cref="IHttp2StreamUser.OnWritable"/> follows.</returns>
    public bool TrySendHeaders(HeaderList headers, in ExtraField extra, bool end)
    {
        Debug.Assert(!LocalEnded, "headers after the end");
        if (!Session.TryWriteHeaders(this, headers, extra, end))
        {
            Session.Enqueue(this);
            return false;
        }
        EndLocal(end);
        return true;
    }

    /// <summary>Sends as much of a body as the windows and the connection have room for.</summary>
    /// <param name="data">The bytes; may be empty, with <paramref name="end"/>.</param>
    /// <param name="end">Whether the message ends with them.</param>
    /// <returns>
    /// Bytes taken. When that is not all, or the end could not be said (<see cref="LocalEnded"/> tells),
    /// <see cref="IHttp2StreamUser.OnWritable"/> follows.
    /// </returns>
    public int SendData(ReadOnlySpan<byte> data, bool end)
    {
        Debug.Assert(!LocalEnded, "data after the end");
        var most = (int)Math.Min(data.Length, Math.Max(0, Math.Min(SendWindow, Session.SendWindow)));
        var taken = Session.WriteData(this, data[..most], end && most == data.Length, out var ended);
        SendWindow -= taken;
        EndLocal(ended);
        if (taken < data.Length || (end && !ended))
        {
            WantsToWrite = true;
            if (SendWindow > 0)
            {
                Session.Enqueue(this);
            }
        }
        return taken;
    }

    /// <summary>The user does not wait for <see cref="IHttp2StreamUser.OnWritable"/> any more.</summary>
    public void WantsNothing() => WantsToWrite = false;

    /// <summary>The user has no more use for these bytes of the body: the peer may send as many more.</summary>
    public void Credit(int bytes)
    {
        _uncredited -= bytes;
        Session.Credit(bytes);
        if (RemoteEnded)
        {
            return;
        }
        _unannounced += bytes;
        if (_unannounced < _window / 2)
        {
            return;
        }
        var more = _unannounced;
        if (_uncredited == 0 && _received > 2L * _window && _window < Session.Options.MaxStreamWindow)
        {
            more += _window;
            _window *= 2;
        }
        if (Session.TryWriteWindowUpdate(Id, more))
        {
            ReceiveWindow += more;
            _unannounced = 0;
        }
    }

    /// <summary>Gives the stream back. If it is not over, the peer is told that nobody goes on with it.</summary>
    public void Finish(Http2Error code)
    {
        Session.Finish(this, code, _uncredited);
    }

    internal void Open(int id, IHttp2StreamUser? user, long sendWindow, int receiveWindow)
    {
        Id = id;
        User = user!;
        SendWindow = sendWindow;
        ReceiveWindow = _window = receiveWindow;
        LocalEnded = RemoteEnded = WantsToWrite = HasMessage = HasNoBody = false;
        _uncredited = _unannounced = 0;
        _received = 0;
        Expected = -1;
    }

    /// <summary>Says who a stream belongs to that the peer has opened.</summary>
    public void Attach(IHttp2StreamUser user) => User = user;

    internal void WidenSendWindow(long by) => SendWindow += by;

    /// <summary>Body bytes (padding included) have come.</summary>
    /// <returns>False when the peer was not allowed to send that many.</returns>
    internal bool TryReceive(int bytes)
    {
        if (bytes > ReceiveWindow)
        {
            return false;
        }
        ReceiveWindow -= bytes;
        _uncredited += bytes;
        _received += bytes;
        return true;
    }

    internal void EndRemote()
    {
        RemoteEnded = true;
        if (LocalEnded)
        {
            Session.Vacate(this);
        }
    }

    internal int TakeUncredited()
    {
        var bytes = _uncredited;
        _uncredited = 0;
        return bytes;
    }

    private void EndLocal(bool ended)
    {
        if (ended)
        {
            LocalEnded = true;
            if (RemoteEnded)
            {
                Session.Vacate(this);
            }
        }
    }
}
