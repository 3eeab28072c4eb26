using System.Buffers.Binary;

namespace Orleans.Embedded.Transport;

/// <summary>
/// A frame as bytes: the length of what follows it (4 bytes, big-endian), the <see cref="FrameType"/> (1 byte), JSON.
/// </summary>
internal static class Frame
{
    public const int HeaderLength = 5;

    public static byte[] Create(FrameType type, ReadOnlySpan<byte> body)
    {
        var frame = new byte[HeaderLength + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length + 1);
        frame[4] = (byte)type;
        body.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <param name="header"><see cref="HeaderLength"/> bytes.</param>
    /// <param name="limit">The longest body taken.</param>
    /// <param name="type">The kind of frame.</param>
    /// <param name="length">How many bytes of body follow.</param>
    /// <returns>False when this is no header, or announces too much.</returns>
    public static bool TryParseHeader(ReadOnlySpan<byte> header, int limit, out FrameType type, out int length)
    {
        length = BinaryPrimitives.ReadInt32BigEndian(header) - 1;
        type = (FrameType)header[4];
        return length >= 0 && length <= limit && Enum.IsDefined(type);
    }
}
