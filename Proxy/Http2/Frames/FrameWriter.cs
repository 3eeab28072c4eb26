using System.Buffers.Binary;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>Writes frames, or their heads, into a span that is large enough. Each returns how many octets it wrote.</summary>
internal static class FrameWriter
{
    public const int SettingsAckSize = FrameHeader.Size;
    public const int PingSize = FrameHeader.Size + 8;
    public const int WindowUpdateSize = FrameHeader.Size + 4;
    public const int RstStreamSize = FrameHeader.Size + 4;
    public const int GoAwaySize = FrameHeader.Size + 8;

    public static int SettingsSize(int count) => FrameHeader.Size + count * Setting.Size;

    public static int Settings(Span<byte> destination, params ReadOnlySpan<Setting> settings)
    {
        var length = settings.Length * Setting.Size;
        new FrameHeader(length, FrameType.Settings, FrameFlags.None, 0).Write(destination);
        var at = FrameHeader.Size;
        foreach (var setting in settings)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination[at..], (ushort)setting.Id);
            BinaryPrimitives.WriteUInt32BigEndian(destination[(at + 2)..], setting.Value);
            at += Setting.Size;
        }
        return at;
    }

    public static int SettingsAck(Span<byte> destination)
    {
        new FrameHeader(0, FrameType.Settings, FrameFlags.Ack, 0).Write(destination);
        return SettingsAckSize;
    }

    /// <param name="opaque">The eight octets of the ping; an answer repeats them.</param>
    public static int Ping(Span<byte> destination, ReadOnlySpan<byte> opaque, bool isAck)
    {
        new FrameHeader(8, FrameType.Ping, isAck ? FrameFlags.Ack : FrameFlags.None, 0).Write(destination);
        opaque[..8].CopyTo(destination[FrameHeader.Size..]);
        return PingSize;
    }

    /// <param name="streamId">0 for the connection.</param>
    /// <param name="increment">From 1 on.</param>
    public static int WindowUpdate(Span<byte> destination, int streamId, int increment)
    {
        new FrameHeader(4, FrameType.WindowUpdate, FrameFlags.None, streamId).Write(destination);
        BinaryPrimitives.WriteInt32BigEndian(destination[FrameHeader.Size..], increment);
        return WindowUpdateSize;
    }

    public static int RstStream(Span<byte> destination, int streamId, Http2Error error)
    {
        new FrameHeader(4, FrameType.RstStream, FrameFlags.None, streamId).Write(destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[FrameHeader.Size..], (uint)error);
        return RstStreamSize;
    }

    /// <param name="lastStreamId">The last stream that was, or might be, acted on.</param>
    public static int GoAway(Span<byte> destination, int lastStreamId, Http2Error error)
    {
        new FrameHeader(8, FrameType.GoAway, FrameFlags.None, 0).Write(destination);
        BinaryPrimitives.WriteInt32BigEndian(destination[FrameHeader.Size..], lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[(FrameHeader.Size + 4)..], (uint)error);
        return GoAwaySize;
    }

    /// <summary>The head of a DATA frame without padding.</summary>
    public static int DataHead(Span<byte> destination, int streamId, int length, bool endStream)
    {
        new FrameHeader(length, FrameType.Data, endStream ? FrameFlags.EndStream : FrameFlags.None, streamId).Write(destination);
        return FrameHeader.Size;
    }

    /// <summary>
    /// Puts frame heads around a header block that was encoded at <paramref name="destination"/>[9..]: one HEADERS frame and, when the
    /// block is larger than a frame may be, CONTINUATION frames, for which the block's rest is moved apart.
    /// </summary>
    /// <param name="destination">At least <see cref="HeadersSize"/> long.</param>
    public static int Headers(Span<byte> destination, int streamId, int blockLength, bool endStream, int maxFrameSize)
    {
        var endFlag = endStream ? FrameFlags.EndStream : FrameFlags.None;
        if (blockLength <= maxFrameSize)
        {
            new FrameHeader(blockLength, FrameType.Headers, endFlag | FrameFlags.EndHeaders, streamId).Write(destination);
            return FrameHeader.Size + blockLength;
        }
        // From the last part to the first, so that nothing is overwritten before it has moved.
        var parts = (blockLength + maxFrameSize - 1) / maxFrameSize;
        for (var part = parts - 1; part > 0; part--)
        {
            var start = part * maxFrameSize;
            var length = Math.Min(maxFrameSize, blockLength - start);
            var frame = destination[(part * (FrameHeader.Size + maxFrameSize))..];
            destination.Slice(FrameHeader.Size + start, length).CopyTo(frame[FrameHeader.Size..]);
            var flags = part == parts - 1 ? FrameFlags.EndHeaders : FrameFlags.None;
            new FrameHeader(length, FrameType.Continuation, flags, streamId).Write(frame);
        }
        new FrameHeader(maxFrameSize, FrameType.Headers, endFlag, streamId).Write(destination);
        return parts * FrameHeader.Size + blockLength;
    }

    /// <summary>How much <see cref="Headers"/> needs for a block of this length.</summary>
    public static int HeadersSize(int blockLength, int maxFrameSize) =>
        blockLength + Math.Max(1, (blockLength + maxFrameSize - 1) / maxFrameSize) * FrameHeader.Size;
}
