using System.Buffers.Binary;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>Takes apart the payloads of frames whose header <see cref="FrameHeader.Check"/> has accepted.</summary>
internal static class FramePayload
{
    private const int PrioritySize = 5;

    /// <summary>The length of what is between the padding, when only the first octet of a padded payload is there yet.</summary>
    /// <param name="header">With the Padded flag.</param>
    /// <param name="firstOctet">The pad length.</param>
    /// <param name="length">Without the pad length's own octet.</param>
    /// <returns>False when the padding does not fit (RFC 9113 section 6.1): the connection ends with PROTOCOL_ERROR.</returns>
    public static bool TryUnpad(in FrameHeader header, byte firstOctet, out int length)
    {
        length = header.Length - 1 - firstOctet;
        return length >= 0;
    }

    /// <summary>The data of a DATA frame.</summary>
    /// <param name="payload">The whole payload. All of it counts for flow control.</param>
    public static Http2Error Data(in FrameHeader header, ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> data)
    {
        data = payload;
        if (!header.Has(FrameFlags.Padded))
        {
            return Http2Error.NoError;
        }
        data = default;
        if (payload.IsEmpty)
        {
            return Http2Error.FrameSizeError;
        }
        if (!TryUnpad(header, payload[0], out var length))
        {
            return Http2Error.ProtocolError;
        }
        data = payload.Slice(1, length);
        return Http2Error.NoError;
    }

    /// <summary>
    /// The part of a header block that a HEADERS frame carries. Priorities are passed over: RFC 9113 section 5.3.2 deprecates them, and
    /// a stream that depends on itself is one more way to make a server reset streams.
    /// </summary>
    public static Http2Error Headers(in FrameHeader header, ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> fragment)
    {
        var error = Data(header, payload, out fragment);
        if (error != Http2Error.NoError || !header.Has(FrameFlags.Priority))
        {
            return error;
        }
        if (fragment.Length < PrioritySize)
        {
            fragment = default;
            return Http2Error.FrameSizeError;
        }
        fragment = fragment[PrioritySize..];
        return Http2Error.NoError;
    }

    /// <summary>The increment of a WINDOW_UPDATE, reserved bit masked; may be 0, which is an error (RFC 9113 section 6.9).</summary>
    public static int WindowIncrement(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue;

    /// <summary>The error code of a RST_STREAM.</summary>
    public static Http2Error ResetCode(ReadOnlySpan<byte> payload) => (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload);

    /// <summary>What a GOAWAY says, without its debug data.</summary>
    public static (int LastStreamId, Http2Error Error) GoAway(ReadOnlySpan<byte> payload) =>
        (BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue, (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]));
}
