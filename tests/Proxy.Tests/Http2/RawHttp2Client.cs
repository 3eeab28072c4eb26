using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Http2;

/// <summary>Says HTTP/2 frame by frame, as the test wants them, and never opens a window by itself.</summary>
internal sealed class RawHttp2Client : IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly WireReader _reader;
    private readonly HpackEncoder _encoder = new();
    private readonly HpackDecoder _decoder = new();
    private readonly Dictionary<int, StringBuilder> _data = [];
    private readonly Dictionary<int, string> _statuses = [];
    private readonly Dictionary<int, Http2Error> _resets = [];
    private readonly HashSet<int> _ended = [];

    private RawHttp2Client(NetworkStream stream)
    {
        _stream = stream;
        _reader = new WireReader(stream);
    }

    /// <summary>The error code of the GOAWAY that came.</summary>
    public Http2Error? GoAway { get; private set; }

    public static async Task<RawHttp2Client> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var client = new RawHttp2Client(await TestChain.ConnectAsync(port, cancellationToken));
        var settings = new byte[FrameWriter.SettingsSize(0)];
        FrameWriter.Settings(settings);
        byte[] preface = [.. FrameHeader.Preface, .. settings];
        await client.SendAsync(preface, cancellationToken);
        return client;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await _stream.WriteAsync(bytes, cancellationToken);

    public Task SendFrameAsync(FrameType type, FrameFlags flags, int stream, ReadOnlySpan<byte> payload, CancellationToken cancellationToken)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        new FrameHeader(payload.Length, type, flags, stream).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return SendAsync(frame, cancellationToken);
    }

    public Task SendHeadersAsync(int stream, bool end, CancellationToken cancellationToken, params (string Name, string Value)[] fields)
    {
        var list = new HeaderList();
        foreach (var (name, value) in fields)
        {
            list.Add(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));
        }
        var frames = new byte[FrameWriter.HeadersSize(_encoder.MaxEncodedSize(list), FrameHeader.DefaultMaxLength)];
        _encoder.TryEncode(list, frames.AsSpan(FrameHeader.Size), out var length);
        var total = FrameWriter.Headers(frames, stream, length, end, FrameHeader.DefaultMaxLength);
        return SendAsync(frames.AsMemory(0, total), cancellationToken);
    }

    public Task SendDataAsync(int stream, string data, bool end, CancellationToken cancellationToken) => SendFrameAsync(
        FrameType.Data, end ? FrameFlags.EndStream : FrameFlags.None, stream, Encoding.Latin1.GetBytes(data), cancellationToken);

    /// <summary>Reads until so many bytes of a stream's body are there, and takes them.</summary>
    public async Task<string> ReadDataAsync(int stream, int count, CancellationToken cancellationToken)
    {
        while (!_data.TryGetValue(stream, out var soFar) || soFar.Length < count)
        {
            await ReadFrameAsync(cancellationToken);
        }
        var taken = _data[stream].ToString(0, count);
        _data[stream].Remove(0, count);
        return taken;
    }

    /// <summary>Reads until a stream has ended.</summary>
    public async Task<(string Status, string Body)> ReadResponseAsync(int stream, CancellationToken cancellationToken)
    {
        while (!_ended.Contains(stream))
        {
            await ReadFrameAsync(cancellationToken);
        }
        return (_statuses[stream], _data.TryGetValue(stream, out var body) ? body.ToString() : "");
    }

    public async Task<Http2Error> ReadResetAsync(int stream, CancellationToken cancellationToken)
    {
        while (!_resets.ContainsKey(stream))
        {
            await ReadFrameAsync(cancellationToken);
        }
        return _resets[stream];
    }

    public async Task<Http2Error> ReadGoAwayAsync(CancellationToken cancellationToken)
    {
        while (GoAway is null)
        {
            await ReadFrameAsync(cancellationToken);
        }
        return GoAway.Value;
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task ReadFrameAsync(CancellationToken cancellationToken)
    {
        FrameHeader.TryRead(await _reader.ReadExactlyAsync(FrameHeader.Size, cancellationToken), out var header);
        var payload = header.Length > 0 ? await _reader.ReadExactlyAsync(header.Length, cancellationToken) : [];
        switch (header.Type)
        {
            case FrameType.Headers:
                var list = new HeaderList();
                _decoder.Decode(payload, list, int.MaxValue / 8);
                if (list.IndexOf(KnownHeader.Status) is >= 0 and var at)
                {
                    _statuses[header.StreamId] = Encoding.Latin1.GetString(list.Value(at));
                }
                break;
            case FrameType.Data:
                if (!_data.TryGetValue(header.StreamId, out var soFar))
                {
                    _data[header.StreamId] = soFar = new StringBuilder();
                }
                soFar.Append(Encoding.Latin1.GetString(payload));
                break;
            case FrameType.RstStream:
                _resets[header.StreamId] = FramePayload.ResetCode(payload);
                break;
            case FrameType.GoAway:
                GoAway = FramePayload.GoAway(payload).Error;
                break;
            default:
                break;
        }
        if (header.Type is FrameType.Headers or FrameType.Data && header.Has(FrameFlags.EndStream))
        {
            _ended.Add(header.StreamId);
        }
    }
}
