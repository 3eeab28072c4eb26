using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http2;

/// <summary>
/// One HTTP/2 connection (RFC 9113), either end: frames in and out, windows, header compression, the table of streams. What is written
/// in a turn of the loop leaves together at its end. A session that fails tells its streams and its owner in a turn of its own, never
/// from inside a call of theirs. Owns its transport.
/// </summary>
internal abstract partial class Http2Session : IStreamOwner
{
    // Room kept in the output for frames that must not wait: acknowledgements, resets, window updates.
    private const int ControlReserve = 4096;
    private const int FlushAfter = 48 * 1024;
    // Who does not read our answers is not listened to beyond this.
    private const int PauseAt = BufferPool.LargeSize - (ControlReserve / 2);
    private const int MaxFramePayload = FrameHeader.DefaultMaxLength;
    private const int MaxRoundsPerTurn = 16;

    /// <summary>How many streams a peer is taken to allow until it says so: the least that RFC 9113 section 6.5.2 recommends.</summary>
    public const int DefaultPeerStreams = 100;

    private readonly Dictionary<int, Http2Stream> _streams = [];
    private readonly Stack<Http2Stream> _free = [];
    private readonly Queue<Http2Stream> _waiting = new();
    private readonly ISessionLoop _loop;
    private readonly HpackEncoder _encoder;
    private int _peerFramePayload = MaxFramePayload;
    private long _peerStreamWindow = FlowWindow.DefaultSize;
    private int _unannounced;
    private bool _isDirty;
    private bool _isFlushing;
    private bool _isPaused;
    private Http2Error? _failure;
    private string _failureReason = "";

    /// <param name="loop">Where it lives.</param>
    /// <param name="transport">The connection, open; bytes that were read already are in its buffer.</param>
    /// <param name="options">Limits.</param>
    /// <param name="isServer">Which end this is.</param>
    /// <param name="isMeshed">Whether the other end is a proxy of the mesh, with which bytes matter less than cycles.</param>
    protected Http2Session(ISessionLoop loop, ByteStream transport, Http2Options options, bool isServer, bool isMeshed)
    {
        _loop = loop;
        Transport = transport;
        Options = options;
        IsServer = isServer;
        _encoder = new HpackEncoder(useHuffman: !isMeshed);
        _resets = new FrameBudget(options.ResetBurst, options.ResetsPerSecond);
        _idleFrames = new FrameBudget(options.IdleFrameBurst, options.IdleFramesPerSecond);
        _receiveWindow = options.ConnectionWindow;
        _header = new IoBuffer(transport.Loop.Buffers);
        // A proxy of the mesh allows what we allow; anybody else has not said yet.
        PeerMaxStreams = (uint)(isMeshed ? options.MaxStreams : DefaultPeerStreams);
        _prefaceLeft = isServer ? FrameHeader.Preface.Length : 0;
        transport.Owner = this;
    }

    public ByteStream Transport { get; }

    public Http2Options Options { get; }

    public bool IsServer { get; }

    /// <summary>Streams open now.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>No stream can be opened any more: one side has said goodbye, or the connection is gone.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>The peer's limit of streams that we may open.</summary>
    public uint PeerMaxStreams { get; private set; }

    /// <summary>Why the session is no more.</summary>
    public string FailureReason => _failureReason;

    /// <summary>Body bytes the peer takes on all streams together.</summary>
    internal long SendWindow { get; private set; } = FlowWindow.DefaultSize;

    protected EventLoop Loop => Transport.Loop;

    /// <summary>Writes what has been queued in this turn. Called by the loop at the end of a turn.</summary>
    public void FlushTurn()
    {
        _isDirty = false;
        if (_failure is not null)
        {
            return;
        }
        Flush();
        if (_isPaused && Transport.Out.Length < PauseAt)
        {
            // Nothing else says that reading may go on: what is in the socket has been reported.
            Loop.Defer(Transport);
        }
    }

    /// <summary>Lets the streams there are finish, and takes no new ones.</summary>
    public void BeginClose()
    {
        if (!IsClosing)
        {
            IsClosing = true;
            WriteGoAway(Http2Error.NoError);
            CloseIfDone();
        }
    }

    public void OnStreamReady()
    {
        if (_failure is not null)
        {
            TearDown();
            return;
        }
        if (Transport.CanWrite && !Transport.Out.IsEmpty)
        {
            Flush();
        }
        Receive();
        if (_failure is not null)
        {
            TearDown();
        }
    }

    public abstract void OnTimer();

    public virtual void OnFault(Exception exception)
    {
        // A bug in one stream's user must not leave the others hanging.
        _failure ??= Http2Error.InternalError;
        _failureReason = "an error in the proxy";
        TearDown();
    }

    /// <summary>Ends the session at once; the streams there are break.</summary>
    public void Abort(string reason)
    {
        _failure ??= Http2Error.Cancel;
        _failureReason = reason;
        TearDown();
    }

    internal bool TryWriteHeaders(Http2Stream stream, HeaderList headers, in ExtraField extra, bool end)
    {
        var most = _encoder.MaxEncodedSize(headers) + extra.Name.Length + extra.Value.Length + HpackEncoder.MaxFieldOverhead;
        if (_failure is not null || !TryReserve(FrameWriter.HeadersSize(most, _peerFramePayload), out var room))
        {
            return false;
        }
        // Encoded behind the place of the frame's head; a block of several frames is moved apart afterwards, which is rare.
        var block = room[FrameHeader.Size..];
        _encoder.TryEncode(headers, block, out var length);
        if (!extra.Name.IsEmpty)
        {
            length += _encoder.EncodeField(extra.Name, extra.Value, block[length..]);
        }
        Transport.Out.Commit(FrameWriter.Headers(room, stream.Id, length, end, _peerFramePayload));
        MarkDirty();
        return true;
    }

    internal int WriteData(Http2Stream stream, ReadOnlySpan<byte> data, bool end, out bool ended)
    {
        ended = false;
        var taken = 0;
        while (_failure is null && (taken < data.Length || (end && !ended)))
        {
            var room = DataRoom;
            if (room < 0 || (room == 0 && taken < data.Length))
            {
                break;
            }
            var count = Math.Min(Math.Min(data.Length - taken, room), _peerFramePayload);
            if (!Transport.Out.TryReserve(FrameHeader.Size + count, out var output))
            {
                break;
            }
            ended = end && taken + count == data.Length;
            FrameWriter.DataHead(output, stream.Id, count, ended);
            data.Slice(taken, count).CopyTo(output[FrameHeader.Size..]);
            Transport.Out.Commit(FrameHeader.Size + count);
            taken += count;
            SendWindow -= count;
            MarkDirty();
            if (Transport.Out.Length >= FlushAfter && Transport.Flush() == IoResult.Failed)
            {
                // The end of the turn finds it out again.
                break;
            }
        }
        return taken;
    }

    internal bool TryWriteWindowUpdate(int stream, int bytes)
    {
        if (_failure is not null || !Transport.Out.TryReserve(FrameWriter.WindowUpdateSize, out var room))
        {
            return false;
        }
        Transport.Out.Commit(FrameWriter.WindowUpdate(room, stream, bytes));
        MarkDirty();
        return true;
    }

    /// <summary>A stream's user has done with body bytes, or will never want them.</summary>
    internal void Credit(int bytes)
    {
        _unannounced += bytes;
        if (_unannounced >= Options.ConnectionWindow / 2 && TryWriteWindowUpdate(0, _unannounced))
        {
            _receiveWindow += _unannounced;
            _unannounced = 0;
        }
    }

    /// <summary>Puts a stream in the queue of those that wait for room in the connection.</summary>
    internal void Enqueue(Http2Stream stream)
    {
        stream.WantsToWrite = true;
        if (!stream.IsQueued && _failure is null)
        {
            stream.IsQueued = true;
            _waiting.Enqueue(stream);
        }
    }

    internal void Finish(Http2Stream stream, Http2Error code, int uncredited)
    {
        if (_failure is null)
        {
            if (!stream.IsOver && _streams.Remove(stream.Id))
            {
                WriteReset(stream.Id, code);
                OnStreamGone();
            }
            Credit(uncredited);
        }
        Recycle(stream);
    }

    /// <summary>Both directions have ended: the stream does not count any more.</summary>
    internal void Vacate(Http2Stream stream)
    {
        _streams.Remove(stream.Id);
        OnStreamGone();
    }

    /// <summary>A stream has gone; others may be opened.</summary>
    protected virtual void OnStreamGone() => CloseIfDone();

    /// <summary>The connection is closed. Called once.</summary>
    protected abstract void OnClosed();

    protected Http2Stream Take(int id, IHttp2StreamUser? user)
    {
        if (!_free.TryPop(out var stream))
        {
            stream = new Http2Stream(this);
        }
        stream.Open(id, user, _peerStreamWindow, Options.StreamWindow);
        _streams.Add(id, stream);
        return stream;
    }

    /// <summary>Sends what a session begins with: for a client the preface, then our settings.</summary>
    protected void WritePreface()
    {
        Transport.Out.TryReserve(256, out var room);
        var length = 0;
        if (!IsServer)
        {
            FrameHeader.Preface.CopyTo(room);
            length = FrameHeader.Preface.Length;
        }
        length += FrameWriter.Settings(
            room[length..],
            IsServer ? new Setting(SettingId.MaxConcurrentStreams, (uint)Options.MaxStreams) : new Setting(SettingId.EnablePush, 0),
            new Setting(SettingId.InitialWindowSize, (uint)Options.StreamWindow),
            new Setting(SettingId.MaxHeaderListSize, (uint)Options.MaxHeaderBytes));
        length += FrameWriter.WindowUpdate(room[length..], 0, Options.ConnectionWindow - FlowWindow.DefaultSize);
        Transport.Out.Commit(length);
        MarkDirty();
    }

    /// <summary>The connection cannot go on. Takes effect when the current turn is over.</summary>
    protected void Fail(Http2Error code, string reason)
    {
        if (_failure is null)
        {
            _failure = code;
            _failureReason = reason;
            IsClosing = true;
            Loop.Defer(Transport);
        }
    }

    private int DataRoom => BufferPool.LargeSize - ControlReserve - FrameHeader.Size - Transport.Out.Length;

    private bool TryReserve(int bytes, out Span<byte> room)
    {
        room = default;
        // A block of whatever size passes when nothing else is in the way.
        return (Transport.Out.IsEmpty || Transport.Out.Length + bytes <= BufferPool.LargeSize - ControlReserve)
            && Transport.Out.TryReserve(bytes, out room);
    }

    private void MarkDirty()
    {
        if (!_isDirty)
        {
            _isDirty = true;
            _loop.FlushAtEndOfTurn(this);
        }
    }

    private void Flush()
    {
        // Who is told that there is room writes, and may fill the output again.
        if (_isFlushing)
        {
            return;
        }
        _isFlushing = true;
        FlushAndResume();
        _isFlushing = false;
    }

    private void FlushAndResume()
    {
        for (var round = 0; round < MaxRoundsPerTurn; round++)
        {
            var flushed = Transport.Flush();
            if (flushed == IoResult.Failed)
            {
                Fail(Http2Error.ConnectError, Transport.Failure ?? "the connection broke");
            }
            if (flushed < 0 || !ResumeWaiting())
            {
                return;
            }
        }
        // Out of fairness: the others first.
        Loop.Defer(Transport);
    }

    /// <returns>Whether anything was written.</returns>
    private bool ResumeWaiting()
    {
        for (var count = _waiting.Count; count > 0 && SendWindow > 0 && DataRoom > FrameHeader.Size; count--)
        {
            var stream = _waiting.Dequeue();
            stream.IsQueued = false;
            if (stream.WantsToWrite)
            {
                stream.WantsToWrite = false;
                stream.User.OnWritable(stream);
            }
        }
        return !Transport.Out.IsEmpty;
    }

    private void WriteReset(int stream, Http2Error code)
    {
        if (Transport.Out.TryReserve(FrameWriter.RstStreamSize, out var room))
        {
            Transport.Out.Commit(FrameWriter.RstStream(room, stream, code));
            MarkDirty();
        }
        else
        {
            Fail(Http2Error.EnhanceYourCalm, "the peer does not read");
        }
    }

    private void WriteGoAway(Http2Error code)
    {
        if (Transport.Out.TryReserve(FrameWriter.GoAwaySize, out var room))
        {
            Transport.Out.Commit(FrameWriter.GoAway(room, _lastPeerStream, code));
            MarkDirty();
        }
    }

    private void CloseIfDone()
    {
        if (IsClosing && _streams.Count == 0 && _failure is null)
        {
            _failure = Http2Error.NoError;
            _failureReason = "closed";
            Loop.Defer(Transport);
        }
    }

    private void TearDown()
    {
        if (Transport.IsClosed)
        {
            return;
        }
        IsClosing = true;
        var code = _failure ?? Http2Error.InternalError;
        var orderly = code == Http2Error.NoError;
        if (!orderly && code != Http2Error.ConnectError && !Transport.IsBroken)
        {
            WriteGoAway(code);
        }
        _ = Transport.Flush();
        _header.Release();
        Transport.Close(abort: false);
        foreach (var stream in _streams.Values.ToList())
        {
            // The users may take what they need from other sessions, not from this one.
            if (_streams.Remove(stream.Id))
            {
                stream.User?.OnReset(stream, code);
            }
        }
        OnClosed();
    }

    private void Recycle(Http2Stream stream)
    {
        stream.WantsToWrite = false;
        // One that is still in the queue is dropped: when its turn comes nobody listens.
        if (!stream.IsQueued && _free.Count < Options.MaxStreams)
        {
            _free.Push(stream);
        }
    }
}
