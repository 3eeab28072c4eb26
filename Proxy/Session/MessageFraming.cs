using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Mesh.Proxy.Session;

/// <summary>
/// The frames of a node session, which are gRPC's: a zero byte (not compressed), four bytes length (big-endian), the message.
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
/// </summary>
internal static class MessageFraming
{
    /// <summary>A longer message is taken for a broken stream.</summary>
    public const int MaximumLength = 4 * 1024 * 1024;

    private const int HeaderLength = 5;

    /// <summary>The frame of a message.</summary>
    public static byte[] Frame(IMessage message)
    {
        var length = message.CalculateSize();
        var frame = new byte[HeaderLength + length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        message.WriteTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Reads one frame.</summary>
    /// <returns>Null when the stream ends where a frame could begin.</returns>
    /// <exception cref="SessionException">The stream ends inside a frame, or what it carries is not a frame of this message.</exception>
    public static async Task<T?> ReadAsync<T>(Stream stream, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        var header = new byte[HeaderLength];
        var got = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken);
        if (got == 0)
        {
            return null;
        }
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
        if (got < HeaderLength || header[0] != 0 || length > MaximumLength)
        {
            throw new SessionException(
                $"the silo sent no frame of a node session ({got} bytes, flags {header[0]}, length {length}): is it of another version?");
        }
        var body = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            await stream.ReadExactlyAsync(body.AsMemory(0, (int)length), cancellationToken);
            return parser.ParseFrom(body, 0, (int)length);
        }
        catch (Exception broken) when (broken is EndOfStreamException or InvalidProtocolBufferException)
        {
            throw new SessionException($"the silo sent a broken message: {broken.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }
}
