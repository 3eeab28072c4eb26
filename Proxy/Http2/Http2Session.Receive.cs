using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http2;

/// <summary>The part that reads frames.</summary>
internal abstract partial class Http2Session
{
    private readonly HpackDecoder _decoder = new();
    private readonly HeaderList _headers = new();
    // A header block that comes in several frames.
    private readonly IoBuffer _header;
    private FrameBudget _resets;
    private FrameBudget _idleFrames;
    private long _receiveWindow;
    private int _lastPeerStream;
    private bool _hasSettings;
    // What is missing of the client's connection preface.
    private int _prefaceLeft;

    // The DATA frame that is being read: its payload is passed on as it comes.
    private Http2Stream? _dataStream;
    private int _dataLeft;
    private int _paddingLeft;
    private bool _dataEnds;

    // The header block that is being read: nothing else may come before its end.
    private int _headerStream;
    private bool _headerEnds;

    /// <summary>The peer has opened a stream with this request. The implementation attaches a user.</summary>
    protected abstract void OnRequest(Http2Stream stream, HeaderList headers, bool end);

    /// <summary>The peer takes no new streams, and has not looked at those above <paramref name="last"/>.</summary>
    protected abstract void OnGoAway(int last, Http2Error code);

    /// <summary>Checks a header block; <see cref="Http2Stream.HasMessage"/> tells whether it is the message's or trailers.</summary>
    /// <param name="stream">Whose.</param>
    /// <param name="headers">The block.</param>
    /// <param name="contentLength">As announced; -1: not.</param>
    /// <param name="isFinal">False for interim responses.</param>
    protected abstract bool IsWellFormed(Http2Stream stream, HeaderList headers, out long contentLength, out bool isFinal);

    private void Receive()
    {
        for (var round = 0; round < MaxRoundsPerTurn && _failure is null; round++)
        {
            _isPaused = Transport.Out.Length >= PauseAt;
            if (_isPaused)
            {
                MarkDirty();
                return;
            }
            // What was read before there was a session comes first.
            if (round > 0 || Transport.In.IsEmpty || _hasSettings)
            {
                if (Transport.In.IsFull)
                {
                    Transport.In.Grow();
                }
                var read = Transport.Fill();
                if (read == IoResult.Again)
                {
                    Transport.In.ReleaseIfEmpty();
                    return;
                }
                if (read <= 0)
                {
                    Fail(Http2Error.ConnectError, Transport.Failure ?? (read == 0 ? "the peer ended the connection" : "the connection broke"));
                    return;
                }
            }
            ParseFrames();
        }
        if (_failure is null)
        {
            Loop.Defer(Transport);
        }
    }

    private void ParseFrames()
    {
        var used = 0;
        while (_failure is null)
        {
            var data = Transport.In.Data[used..];
            var step = _prefaceLeft > 0 ? ReadPreface(data) : _dataLeft > 0 || _paddingLeft > 0 ? PassData(data) : ParseFrame(data);
            if (step == 0)
            {
                break;
            }
            used += step;
        }
        if (used > 0)
        {
            Transport.In.Consume(used);
        }
    }

    private int ReadPreface(ReadOnlySpan<byte> data)
    {
        var expected = FrameHeader.Preface[^_prefaceLeft..];
        var count = Math.Min(expected.Length, data.Length);
        if (!data[..count].SequenceEqual(expected[..count]))
        {
            return Break(Http2Error.ProtocolError, "the connection does not begin with the preface of HTTP/2");
        }
        _prefaceLeft -= count;
        return count;
    }

    /// <returns>Bytes used; 0: more are needed, or the session has failed.</returns>
    private int ParseFrame(ReadOnlySpan<byte> data)
    {
        if (!FrameHeader.TryRead(data, out var header))
        {
            return 0;
        }
        var error = header.Check(MaxFramePayload);
        if (error != Http2Error.NoError)
        {
            return Break(error, $"a {header.Type} frame has a length or a stream that it cannot have");
        }
        if (!_hasSettings && (header.Type != FrameType.Settings || header.Has(FrameFlags.Ack)))
        {
            return Break(Http2Error.ProtocolError, "the first frame is not SETTINGS");
        }
        if (_headerStream != 0 && (header.Type != FrameType.Continuation || header.StreamId != _headerStream))
        {
            return Break(Http2Error.ProtocolError, "a header block is interrupted");
        }
        if (header.Type == FrameType.Data)
        {
            return BeginData(header, data[FrameHeader.Size..]);
        }
        if (data.Length < FrameHeader.Size + header.Length)
        {
            return 0;
        }
        ReadFrame(header, data.Slice(FrameHeader.Size, header.Length));
        return FrameHeader.Size + header.Length;
    }

    private void ReadFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Headers:
                ReadHeaders(header, payload);
                break;
            case FrameType.Continuation:
                ReadContinuation(header, payload);
                break;
            case FrameType.Settings:
                ReadSettings(header, payload);
                break;
            case FrameType.WindowUpdate:
                ReadWindowUpdate(header, payload);
                break;
            case FrameType.RstStream:
                ReadReset(header, payload);
                break;
            case FrameType.Ping:
                ReadPing(header, payload);
                break;
            case FrameType.GoAway:
                ReadGoAway(payload);
                break;
            case FrameType.PushPromise:
                Fail(Http2Error.ProtocolError, "PUSH_PROMISE, which was not enabled");
                break;
            default:
                // PRIORITY, which RFC 9113 section 5.3.2 deprecates, and unknown types (section 4.1) are ignored; but not any number of them.
                SpendIdle();
                break;
        }
    }

    private int BeginData(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var padding = 0;
        var head = FrameHeader.Size;
        if (header.Has(FrameFlags.Padded))
        {
            if (header.Length == 0)
            {
                return Break(Http2Error.FrameSizeError, "a padded frame is empty");
            }
            if (payload.IsEmpty)
            {
                return 0;
            }
            if (!FramePayload.TryUnpad(header, payload[0], out _))
            {
                return Break(Http2Error.ProtocolError, "a frame has more padding than it is long");
            }
            padding = payload[0];
            head++;
        }
        if (IsIdle(header.StreamId))
        {
            return Break(Http2Error.ProtocolError, "DATA on a stream that was never opened");
        }
        if (header.Length > _receiveWindow)
        {
            return Break(Http2Error.FlowControlError, "more DATA than the connection's window");
        }
        _receiveWindow -= header.Length;
        _dataEnds = header.Has(FrameFlags.EndStream);
        if ((header.Length == 0 && !_dataEnds) || !_streams.TryGetValue(header.StreamId, out _dataStream) || _dataStream.RemoteEnded)
        {
            // Empty, or of a stream that has gone: the peer may not know yet.
            _dataStream = null;
            Credit(header.Length);
            if (!SpendIdle())
            {
                return 0;
            }
        }
        else if (!_dataStream.TryReceive(header.Length))
        {
            ResetByMistake(_dataStream, Http2Error.FlowControlError);
            Credit(header.Length);
            _dataStream = null;
        }
        _dataLeft = header.Length - (head - FrameHeader.Size) - padding;
        _paddingLeft = padding;
        if (header.Length > 0 && _dataLeft == 0 && !_dataEnds && !SpendIdle())
        {
            // Nothing but padding carries nothing either.
            return 0;
        }
        if (_dataStream is { Expected: >= 0 } stream && (stream.Expected -= _dataLeft) is var left
            && (left < 0 || (_dataEnds && left != 0)))
        {
            ResetByMistake(stream, Http2Error.ProtocolError);
            _dataStream = null;
        }
        if (header.Length > _dataLeft)
        {
            // Padding, and the byte that says how much, are nobody's: they are given back at once.
            _dataStream?.Credit(header.Length - _dataLeft);
        }
        if (_dataLeft == 0 && _dataStream is not null && _dataEnds)
        {
            Deliver(_dataStream, default, end: true);
        }
        return head;
    }

    private int PassData(ReadOnlySpan<byte> data)
    {
        if (_dataLeft == 0)
        {
            var padding = Math.Min(_paddingLeft, data.Length);
            _paddingLeft -= padding;
            return padding;
        }
        var count = Math.Min(_dataLeft, data.Length);
        if (count == 0)
        {
            return 0;
        }
        _dataLeft -= count;
        if (_dataStream is { } stream)
        {
            Deliver(stream, data[..count], _dataEnds && _dataLeft == 0);
        }
        return count;
    }

    private void Deliver(Http2Stream stream, ReadOnlySpan<byte> data, bool end)
    {
        var user = stream.User;
        if (end)
        {
            _dataStream = null;
            stream.EndRemote();
        }
        user.OnData(stream, data, end);
        // The user may have given the stream back; its object may even stand for another by now.
        if (!end && stream.User != user)
        {
            _dataStream = null;
        }
    }

    private void ReadHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var error = FramePayload.Headers(header, payload, out var block);
        if (error != Http2Error.NoError)
        {
            Fail(error, "a HEADERS frame is malformed");
            return;
        }
        _headerStream = header.StreamId;
        _headerEnds = header.Has(FrameFlags.EndStream);
        if (header.Has(FrameFlags.EndHeaders))
        {
            EndHeaders(block);
        }
        else if (!_header.TryAppend(block))
        {
            Fail(Http2Error.EnhanceYourCalm, "a header block is larger than 64 KB");
        }
    }

    private void ReadContinuation(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_headerStream == 0)
        {
            Fail(Http2Error.ProtocolError, "CONTINUATION without a header block");
            return;
        }
        // CVE-2024-27919 and its kin: the block, encoded, is bounded before it is complete; and so are empty frames.
        if (_header.Length + payload.Length > Options.MaxHeaderBytes || !_header.TryAppend(payload)
            || (payload.IsEmpty && !header.Has(FrameFlags.EndHeaders) && !SpendIdle()))
        {
            Fail(Http2Error.EnhanceYourCalm, "a header block is larger than 64 KB");
            return;
        }
        if (header.Has(FrameFlags.EndHeaders))
        {
            EndHeaders(_header.Data);
            _header.Release();
        }
    }

    private void EndHeaders(ReadOnlySpan<byte> block)
    {
        var id = _headerStream;
        _headerStream = 0;
        // Decoded whatever becomes of it: the table must stay in step.
        var result = _decoder.Decode(block, _headers, Options.MaxHeaderBytes);
        if (result == HpackResult.CompressionError)
        {
            Fail(Http2Error.CompressionError, "a header block cannot be decoded");
            return;
        }
        if (_streams.TryGetValue(id, out var stream))
        {
            ReadMessage(stream, result == HpackResult.TooLarge);
        }
        else if (!IsServer || id <= _lastPeerStream)
        {
            // Of a stream that has gone, or that we have never opened.
            if (IsIdle(id))
            {
                Fail(Http2Error.ProtocolError, "HEADERS on a stream that was never opened");
            }
            else
            {
                SpendReset();
            }
        }
        else
        {
            OpenByPeer(id, result == HpackResult.TooLarge);
        }
    }

    private void OpenByPeer(int id, bool tooLarge)
    {
        if ((id & 1) == 0)
        {
            Fail(Http2Error.ProtocolError, "a client opened a stream with an even number");
            return;
        }
        _lastPeerStream = id;
        if (IsClosing || _streams.Count >= Options.MaxStreams)
        {
            WriteReset(id, Http2Error.RefusedStream);
            SpendReset();
            return;
        }
        var stream = Take(id, null);
        if (tooLarge)
        {
            _headers.Clear();
        }
        else if (!IsWellFormed(stream, _headers, out var length, out _) || (_headerEnds && length > 0))
        {
            ResetByMistake(stream, Http2Error.ProtocolError);
            return;
        }
        else
        {
            stream.Expected = length;
        }
        stream.HasMessage = true;
        if (_headerEnds)
        {
            stream.EndRemote();
        }
        OnRequest(stream, _headers, _headerEnds);
    }

    private void ReadMessage(Http2Stream stream, bool tooLarge)
    {
        if (stream.RemoteEnded)
        {
            SpendReset();
            return;
        }
        var trailers = stream.HasMessage;
        if (tooLarge || (trailers && !_headerEnds) || !IsWellFormed(stream, _headers, out var length, out var final))
        {
            ResetByMistake(stream, Http2Error.ProtocolError);
            return;
        }
        if (!trailers)
        {
            stream.HasMessage = final;
            stream.Expected = stream.HasNoBody ? -1 : length;
        }
        // A response to HEAD announces a length and has no body, and so may 304: what ends with its headers has no length to keep.
        else if (stream.Expected > 0)
        {
            ResetByMistake(stream, Http2Error.ProtocolError);
            return;
        }
        if (_headerEnds)
        {
            stream.EndRemote();
        }
        stream.User.OnHeaders(stream, _headers, _headerEnds);
    }

    /// <summary>A mistake that concerns one stream: it ends, and counts as one the peer has had reset.</summary>
    private void ResetByMistake(Http2Stream stream, Http2Error code)
    {
        if (!_streams.Remove(stream.Id))
        {
            return;
        }
        WriteReset(stream.Id, code);
        Credit(stream.TakeUncredited());
        stream.WantsToWrite = false;
        var user = stream.User;
        user?.OnReset(stream, code);
        Recycle(stream);
        OnStreamGone();
        SpendReset();
    }

    private bool SpendReset()
    {
        if (_resets.TrySpend(Loop.Now))
        {
            return true;
        }
        Fail(Http2Error.EnhanceYourCalm, "too many streams begun and reset");
        return false;
    }

    private bool SpendIdle()
    {
        if (_idleFrames.TrySpend(Loop.Now))
        {
            return true;
        }
        Fail(Http2Error.EnhanceYourCalm, "too many frames that carry nothing");
        return false;
    }

    /// <summary>Whether a stream has never been opened, by either side.</summary>
    private bool IsIdle(int id) => IsServer ? (id & 1) == 0 || id > _lastPeerStream : (id & 1) == 0 || id >= NextStream;

    /// <summary>The number of the next stream that we open; for servers none.</summary>
    protected int NextStream { get; set; } = 1;

    private int Break(Http2Error code, string reason)
    {
        Fail(code, reason);
        return 0;
    }
}
