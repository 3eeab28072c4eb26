using System.Buffers.Binary;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>The nine octets in front of every frame (RFC 9113 section 4.1).</summary>
internal readonly record struct FrameHeader(int Length, FrameType Type, FrameFlags Flags, int StreamId)
{
    public const int Size = 9;

    /// <summary>The largest payload everybody must accept, and nobody sends more without leave (RFC 9113 section 4.2).</summary>
    public const int DefaultMaxLength = 16 * 1024;

    /// <summary>What the length field can hold.</summary>
    public const int LargestLength = (1 << 24) - 1;

    /// <summary>The connection preface of a client, without the SETTINGS frame that follows (RFC 9113 section 3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public bool Has(FrameFlags flag) => (Flags & flag) != 0;

    /// <returns>False when fewer than nine octets are there. The reserved bit of the stream is ignored.</returns>
    public static bool TryRead(ReadOnlySpan<byte> data, out FrameHeader header)
    {
        header = default;
        if (data.Length < Size)
        {
            return false;
        }
        var lengthAndType = BinaryPrimitives.ReadUInt32BigEndian(data);
        header = new FrameHeader(
            (int)(lengthAndType >> 8),
            (FrameType)data[3],
            (FrameFlags)data[4],
            BinaryPrimitives.ReadInt32BigEndian(data[5..]) & int.MaxValue);
        return true;
    }

    /// <summary>Writes the nine octets.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)Length << 8 | (byte)Type);
        destination[4] = (byte)Flags;
        BinaryPrimitives.WriteInt32BigEndian(destination[5..], StreamId);
    }

    /// <summary>
    /// What can be said of a frame from its header alone: its length, and whether it belongs to a stream or to the connection (RFC 9113
    /// sections 4.2 and 6).
    /// </summary>
    /// <param name="maxLength">What our SETTINGS_MAX_FRAME_SIZE allows.</param>
    /// <returns>
    /// The error that ends the connection; NoError when there is none. A PRIORITY frame of the wrong length need only end its stream,
    /// but section 5.4 leaves the choice, and a peer that can make us reset streams at will is one we do not want to talk to.
    /// </returns>
    public Http2Error Check(int maxLength)
    {
        if (Length > maxLength)
        {
            return Http2Error.FrameSizeError;
        }
        switch (Type)
        {
            case FrameType.Data or FrameType.Headers or FrameType.Continuation or FrameType.PushPromise:
                return StreamId == 0 ? Http2Error.ProtocolError : Http2Error.NoError;
            case FrameType.Priority:
                return StreamId == 0 ? Http2Error.ProtocolError : Length == 5 ? Http2Error.NoError : Http2Error.FrameSizeError;
            case FrameType.RstStream:
                return StreamId == 0 ? Http2Error.ProtocolError : Length == 4 ? Http2Error.NoError : Http2Error.FrameSizeError;
            case FrameType.WindowUpdate:
                return Length == 4 ? Http2Error.NoError : Http2Error.FrameSizeError;
            case FrameType.Settings:
                return StreamId != 0
                    ? Http2Error.ProtocolError
                    : Has(FrameFlags.Ack) ? (Length == 0 ? Http2Error.NoError : Http2Error.FrameSizeError)
                    : Length % Setting.Size == 0 ? Http2Error.NoError : Http2Error.FrameSizeError;
            case FrameType.Ping:
                return StreamId != 0 ? Http2Error.ProtocolError : Length == 8 ? Http2Error.NoError : Http2Error.FrameSizeError;
            case FrameType.GoAway:
                return StreamId != 0 ? Http2Error.ProtocolError : Length >= 8 ? Http2Error.NoError : Http2Error.FrameSizeError;
            default:
                return Http2Error.NoError;
        }
    }
}
