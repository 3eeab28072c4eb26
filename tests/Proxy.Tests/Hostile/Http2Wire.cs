using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Tests.Http2.Hpack;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>
/// One end of an HTTP/2 connection, frame by frame: sends what it is told, right or wrong. One writer and one reader at a time.
/// </summary>
internal sealed class Http2Wire(Stream stream)
{
    private readonly HpackEncoder _encoder = new();
    private readonly HpackDecoder _decoder = new();
    private readonly byte[] _header = new byte[FrameHeader.Size];

    /// <summary>Sends what a client begins with.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken, params Setting[] settings)
    {
        var frame = new byte[FrameWriter.SettingsSize(settings.Length)];
        FrameWriter.Settings(frame, settings);
        await stream.WriteAsync((byte[])[.. FrameHeader.Preface, .. frame], cancellationToken);
    }

    /// <summary>A frame as bytes, so that many can be sent at once.</summary>
    public static byte[] Frame(FrameType type, FrameFlags flags, int streamId, params ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, flags, streamId).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    public static byte[] WindowUpdate(int streamId, int increment)
    {
        var frame = new byte[FrameWriter.WindowUpdateSize];
        FrameWriter.WindowUpdate(frame, streamId, increment);
        return frame;
    }

    public static byte[] Reset(int streamId)
    {
        var frame = new byte[FrameWriter.RstStreamSize];
        FrameWriter.RstStream(frame, streamId, Http2Error.Cancel);
        return frame;
    }

    public static byte[] Settings(params Setting[] settings)
    {
        var frame = new byte[FrameWriter.SettingsSize(settings.Length)];
        FrameWriter.Settings(frame, settings);
        return frame;
    }

    /// <summary>A HEADERS frame; fields as <see cref="HeaderText"/> writes them. Must be sent, in order.</summary>
    public byte[] Headers(int streamId, string fields, bool endStream = true, bool endHeaders = true)
    {
        var list = HeaderText.Parse(fields);
        var block = new byte[_encoder.MaxEncodedSize(list)];
        Assert.True(_encoder.TryEncode(list, block, out var length));
        var flags = (endStream ? FrameFlags.EndStream : FrameFlags.None) | (endHeaders ? FrameFlags.EndHeaders : FrameFlags.None);
        return Frame(FrameType.Headers, flags, streamId, block.AsSpan(0, length));
    }

    public async Task SendAsync(byte[] bytes, CancellationToken cancellationToken) => await stream.WriteAsync(bytes, cancellationToken);

    /// <returns>Null when the connection has ended, in whatever way.</returns>
    public async Task<(FrameHeader Header, byte[] Payload)?> ReadFrameAsync(CancellationToken cancellationToken)
    {
        try
        {
            await stream.ReadExactlyAsync(_header, cancellationToken);
            Assert.True(FrameHeader.TryRead(_header, out var header));
            Assert.Equal(Http2Error.NoError, header.Check(FrameHeader.DefaultMaxLength));
            var payload = new byte[header.Length];
            await stream.ReadExactlyAsync(payload, cancellationToken);
            return (header, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads until a stream has been answered or reset, or the connection has ended. Acknowledges nothing: that could interrupt a
    /// header block.
    /// </summary>
    /// <returns><c>:status: 200|…</c>, <c>RST_STREAM code</c>, <c>GOAWAY code</c> or <c>end</c>.</returns>
    public async Task<string> ReadOutcomeAsync(int streamId, CancellationToken cancellationToken)
    {
        while (await ReadFrameAsync(cancellationToken) is var (header, payload))
        {
            if (header.Type == FrameType.Headers)
            {
                var list = new HeaderList();
                Assert.Equal(Http2Error.NoError, FramePayload.Headers(header, payload, out var block));
                Assert.Equal(HpackResult.Ok, _decoder.Decode(block, list, 64 * 1024));
                if (header.StreamId == streamId)
                {
                    return HeaderText.Of(list);
                }
            }
            else if (header.Type == FrameType.RstStream && header.StreamId == streamId)
            {
                return $"RST_STREAM {FramePayload.ResetCode(payload)}";
            }
            else if (header.Type == FrameType.GoAway)
            {
                return $"GOAWAY {FramePayload.GoAway(payload).Error}";
            }
        }
        return "end";
    }
}
