using Mesh.Proxy.Http2.Frames;

namespace Mesh.Proxy.Http2;

/// <summary>The part that reads the frames about the connection and its streams, which carry no message.</summary>
internal abstract partial class Http2Session
{
    private void ReadSettings(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Has(FrameFlags.Ack))
        {
            return;
        }
        if (_hasSettings && !SpendIdle())
        {
            return;
        }
        uint? window = null;
        while (Setting.TryRead(ref payload, out var setting))
        {
            var error = setting.Check(fromServer: !IsServer);
            if (error != Http2Error.NoError)
            {
                Fail(error, "a SETTINGS frame has a value that cannot be");
                return;
            }
            // It changes every stream: once for all, or a frame that repeats it 2,700 times would cost as many walks over the streams.
            if (setting.Id == SettingId.InitialWindowSize)
            {
                window = setting.Value;
                continue;
            }
            Apply(setting.Id, setting.Value);
        }
        if (window is { } size)
        {
            Apply(SettingId.InitialWindowSize, size);
        }
        if (Transport.Out.TryReserve(FrameWriter.SettingsAckSize, out var room))
        {
            Transport.Out.Commit(FrameWriter.SettingsAck(room));
            MarkDirty();
        }
        var first = !_hasSettings;
        _hasSettings = true;
        if (first)
        {
            OnSettled();
        }
    }

    /// <summary>The peer's first settings are known.</summary>
    protected virtual void OnSettled()
    {
    }

    private void Apply(SettingId id, uint value)
    {
        switch (id)
        {
            case SettingId.HeaderTableSize:
                _encoder.SetPeerMaxTableSize(value);
                break;
            case SettingId.MaxConcurrentStreams:
                PeerMaxStreams = value;
                break;
            case SettingId.MaxFrameSize:
                // Larger frames than records bring nothing.
                _peerFramePayload = (int)Math.Min(value, MaxFramePayload);
                break;
            case SettingId.InitialWindowSize:
                var change = value - _peerStreamWindow;
                _peerStreamWindow = value;
                foreach (var stream in _streams.Values)
                {
                    stream.WidenSendWindow(change);
                    if (stream.SendWindow > int.MaxValue)
                    {
                        Fail(Http2Error.FlowControlError, "a stream's window is larger than 2^31-1");
                        return;
                    }
                    Wake(stream);
                }
                break;
            default:
                break;
        }
    }

    private void ReadWindowUpdate(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var by = FramePayload.WindowIncrement(payload);
        if (header.StreamId == 0)
        {
            if (by == 0 || SendWindow + by > int.MaxValue)
            {
                Fail(by == 0 ? Http2Error.ProtocolError : Http2Error.FlowControlError, "a WINDOW_UPDATE by 0, or to more than 2^31-1");
                return;
            }
            SendWindow += by;
            if (_waiting.Count > 0)
            {
                MarkDirty();
            }
        }
        else if (_streams.TryGetValue(header.StreamId, out var stream))
        {
            if (by == 0 || stream.SendWindow + by > int.MaxValue)
            {
                ResetByMistake(stream, by == 0 ? Http2Error.ProtocolError : Http2Error.FlowControlError);
                return;
            }
            stream.WidenSendWindow(by);
            Wake(stream);
        }
        else if (IsIdle(header.StreamId))
        {
            Fail(Http2Error.ProtocolError, "WINDOW_UPDATE on a stream that was never opened");
            return;
        }
        // One byte at a time is no use to anybody.
        if (by < 64)
        {
            SpendIdle();
        }
    }

    private void Wake(Http2Stream stream)
    {
        if (stream.WantsToWrite && stream.SendWindow > 0)
        {
            Enqueue(stream);
            MarkDirty();
        }
    }

    private void ReadReset(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (IsIdle(header.StreamId))
        {
            Fail(Http2Error.ProtocolError, "RST_STREAM on a stream that was never opened");
            return;
        }
        if (!SpendReset() || !_streams.Remove(header.StreamId, out var stream))
        {
            return;
        }
        Credit(stream.TakeUncredited());
        var user = stream.User;
        stream.WantsToWrite = false;
        user.OnReset(stream, FramePayload.ResetCode(payload));
        Recycle(stream);
        OnStreamGone();
    }

    private void ReadPing(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (!header.Has(FrameFlags.Ack) && SpendIdle() && Transport.Out.TryReserve(FrameWriter.PingSize, out var room))
        {
            Transport.Out.Commit(FrameWriter.Ping(room, payload, isAck: true));
            MarkDirty();
        }
    }

    private void ReadGoAway(ReadOnlySpan<byte> payload)
    {
        IsClosing = true;
        var (last, code) = FramePayload.GoAway(payload);
        OnGoAway(last, code);
        CloseIfDone();
    }

    /// <summary>Ends the streams we have opened that the peer says it has not looked at.</summary>
    protected void ResetAbove(int last)
    {
        foreach (var stream in _streams.Values.Where(stream => stream.Id > last).ToList())
        {
            if (_streams.Remove(stream.Id))
            {
                stream.WantsToWrite = false;
                stream.User.OnReset(stream, Http2Error.RefusedStream);
            }
        }
    }
}
