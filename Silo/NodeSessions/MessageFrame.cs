using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// The framing of a node session, gRPC's "Length-Prefixed-Message" without compression
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): one byte 0, four bytes length (big-endian), the message.
/// </summary>
internal static class MessageFrame
{
    /// <summary>The longest message either side takes.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    private const int HeaderBytes = 5;

    /// <param name="buffer">What has been received; on <see cref="FrameResult.Complete"/> the frame is cut off its front.</param>
    /// <param name="message">The message's bytes; they are the buffer's.</param>
    public static FrameResult TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.IsEmpty)
        {
            return FrameResult.Incomplete;
        }
        // Told by its first byte, so that another protocol is noticed at once and not after a length of it has arrived.
        if (buffer.FirstSpan[0] != 0)
        {
            return FrameResult.Invalid;
        }
        if (buffer.Length < HeaderBytes)
        {
            return FrameResult.Incomplete;
        }
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > MaxMessageBytes)
        {
            return FrameResult.Invalid;
        }
        if (buffer.Length < HeaderBytes + length)
        {
            return FrameResult.Incomplete;
        }
        message = buffer.Slice(HeaderBytes, length);
        buffer = buffer.Slice(HeaderBytes + length);
        return FrameResult.Complete;
    }

    /// <summary>Writes the frame of a message into <paramref name="output"/>, without flushing it.</summary>
    /// <exception cref="InvalidOperationException">The message is longer than <see cref="MaxMessageBytes"/>.</exception>
    public static void Write(PipeWriter output, IMessage message)
    {
        var length = message.CalculateSize();
        if (length > MaxMessageBytes)
        {
            throw new InvalidOperationException($"A message of {length} bytes cannot be sent; the limit is {MaxMessageBytes}.");
        }
        var span = output.GetSpan(HeaderBytes + length)[..(HeaderBytes + length)];
        span[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)length);
        message.WriteTo(span[HeaderBytes..]);
        output.Advance(HeaderBytes + length);
    }

    /// <summary>Reads one message; null when the peer ended the stream before a whole one.</summary>
    /// <exception cref="InvalidFrameException">What came is no frame.</exception>
    /// <exception cref="InvalidProtocolBufferException">It is no such message.</exception>
    public static async Task<T?> ReadAsync<T>(PipeReader input, MessageParser<T> parser, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var result = TryRead(ref buffer, out var bytes);
            if (result == FrameResult.Complete)
            {
                var message = parser.ParseFrom(bytes);
                input.AdvanceTo(buffer.Start);
                return message;
            }
            input.AdvanceTo(buffer.Start, buffer.End);
            if (result == FrameResult.Invalid)
            {
                throw new InvalidFrameException(
                    $"The stream is not framed as byte 0, four bytes length, message of at most {MaxMessageBytes} bytes.");
            }
            if (read.IsCompleted || read.IsCanceled)
            {
                return null;
            }
        }
    }
}
