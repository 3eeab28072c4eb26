using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http2;

/// <summary>
/// A connection between two proxies that travels as one stream of an HTTP/2 connection they share: a CONNECT tunnel (RFC 9113 section 8.5),
/// whose bytes are whatever would go over a connection of its own. The side that opens it may send before it is answered: what is in it is
/// decided about request by request anyway.
/// </summary>
internal sealed class TunnelStream : ByteStream, IHttp2StreamUser
{
    private readonly BlockQueue _pending;
    private Http2Stream? _stream;
    private string? _failure;
    private int _unreported;
    private int _held;
    private bool _remoteEnded;
    private bool _endDue;
    // Not sent yet, for want of room.
    private HeaderList? _headersDue;

    public TunnelStream(EventLoop loop)
        : base(loop)
    {
        _pending = new BlockQueue(loop.Buffers);
    }

    public override string? Failure => _failure;

    /// <summary>Takes the stream over. From now on bytes pass.</summary>
    public void Begin(Http2Stream stream)
    {
        _stream = stream;
        stream.Attach(this);
        CanWrite = true;
    }

    /// <summary>Sends the request for the tunnel as soon as there is room; nothing else goes before it.</summary>
    public void SendHeadersLater(HeaderList headers)
    {
        _headersDue = headers;
        CanWrite = false;
    }

    public override int Fill()
    {
        if (IsBroken)
        {
            return IoResult.Failed;
        }
        while (!_pending.IsEmpty)
        {
            var front = _pending.Front;
            var room = In.Free;
            var count = Math.Min(front.Length, room.Length);
            if (count == 0)
            {
                break;
            }
            front[..count].CopyTo(room);
            In.Commit(count);
            _pending.Consume(count);
            _unreported += count;
        }
        CreditConsumed();
        if (_unreported > 0)
        {
            var read = _unreported;
            _unreported = 0;
            BytesRead += read;
            // The owner may have found them in the buffer, and used them, before it asked.
            if (!In.IsEmpty)
            {
                return read;
            }
        }
        if (_pending.IsEmpty)
        {
            CanRead = false;
            if (_remoteEnded)
            {
                ReadEnded = true;
                return 0;
            }
        }
        return IoResult.Again;
    }

    public override int Write(ReadOnlySpan<byte> data)
    {
        if (IsBroken || _stream is null)
        {
            return IoResult.Failed;
        }
        if (_headersDue is not null)
        {
            return IoResult.Again;
        }
        var taken = _stream.SendData(data, end: false);
        BytesWritten += taken;
        if (taken < data.Length)
        {
            CanWrite = false;
        }
        return taken == 0 && !data.IsEmpty ? IoResult.Again : taken;
    }

    public void OnHeaders(Http2Stream stream, HeaderList headers, bool end)
    {
        // The opening side is answered once; whatever else comes belongs to no tunnel.
        var status = headers.IndexOf(KnownHeader.Status);
        if (status >= 0 && !headers.Value(status).SequenceEqual("200"u8))
        {
            Break($"the endpoint's proxy refuses the tunnel with status {System.Text.Encoding.ASCII.GetString(headers.Value(status))}");
            return;
        }
        if (end)
        {
            EndRemote();
        }
    }

    public void OnData(Http2Stream stream, ReadOnlySpan<byte> data, bool end)
    {
        _held += data.Length;
        if (_pending.IsEmpty && In.Free.Length >= data.Length)
        {
            data.CopyTo(In.Free);
            In.Commit(data.Length);
            _unreported += data.Length;
        }
        else
        {
            _pending.Append(data);
        }
        CanRead = true;
        if (end)
        {
            EndRemote();
        }
        Loop.Defer(this);
    }

    public void OnWritable(Http2Stream stream)
    {
        if (_headersDue is not null)
        {
            if (!stream.TrySendHeaders(_headersDue, default, end: false))
            {
                return;
            }
            _headersDue = null;
        }
        CanWrite = true;
        if (_endDue)
        {
            TryEnd();
        }
        Loop.Defer(this);
    }

    public void OnReset(Http2Stream stream, Http2Error code)
    {
        _stream = null;
        _failure ??= stream.Session.FailureReason is { Length: > 0 } reason
            ? $"the connection that carries it: {reason}"
            : $"the other side reset the stream ({code})";
        IsBroken = HungUp = true;
        CanRead = CanWrite = true;
        Loop.Defer(this);
    }

    protected override void OnEndWrite()
    {
        _endDue = true;
        TryEnd();
    }

    protected override void OnClose(bool abort)
    {
        _pending.Release();
        if (_stream is not { } stream)
        {
            return;
        }
        _stream = null;
        stream.Credit(_held);
        if (abort || IsBroken || _headersDue is not null)
        {
            stream.Finish(Http2Error.Cancel);
            return;
        }
        if (!stream.LocalEnded)
        {
            stream.SendData(default, end: true);
        }
        if (stream.IsOver)
        {
            stream.Finish(Http2Error.NoError);
        }
        else
        {
            stream.Attach(DiscardingUser.Instance);
        }
    }

    private void TryEnd()
    {
        if (_headersDue is null && _stream is { LocalEnded: false } stream)
        {
            stream.SendData(default, end: true);
        }
    }

    private void EndRemote()
    {
        // As with a socket: whoever keeps the connection for later sees that it has ended, read to the end or not.
        _remoteEnded = HungUp = true;
        CanRead = true;
        Loop.Defer(this);
    }

    private void Break(string reason)
    {
        _failure = reason;
        IsBroken = HungUp = true;
        CanRead = CanWrite = true;
        Loop.Defer(this);
    }

    /// <summary>What the owner has taken out of the buffer since the last time, the other side may send again.</summary>
    private void CreditConsumed()
    {
        var consumed = _held - In.Length - _pending.Length;
        if (consumed > 0 && _stream is { } stream)
        {
            _held -= consumed;
            stream.Credit(consumed);
        }
    }
}
