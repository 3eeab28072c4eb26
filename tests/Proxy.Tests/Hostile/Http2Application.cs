using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tests.Http2.Hpack;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>An application that speaks HTTP/2 with prior knowledge: answers every request once it is whole, and remembers it.</summary>
internal sealed class Http2Application
{
    private readonly List<string> _requests = [];
    private readonly int _bodyLength;

    /// <param name="bodyLength">How long its answers are: sent at once, without regard to windows.</param>
    public Http2Application(int bodyLength = 0)
    {
        _bodyLength = bodyLength;
        Backend = new Backend(ServeAsync);
    }

    public Backend Backend { get; }

    public string[] Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    private async Task ServeAsync(Stream stream, CancellationToken stop)
    {
        var preface = new byte[FrameHeader.Preface.Length];
        await stream.ReadExactlyAsync(preface, stop);
        var wire = new Http2Wire(stream);
        var decoder = new HpackDecoder();
        var list = new HeaderList();
        await wire.SendAsync(Http2Wire.Settings(new Setting(SettingId.MaxConcurrentStreams, 100_000)), stop);
        while (await wire.ReadFrameAsync(stop) is var (header, payload))
        {
            switch (header.Type)
            {
                case FrameType.Settings when !header.Has(FrameFlags.Ack):
                    await wire.SendAsync(Http2Wire.Frame(FrameType.Settings, FrameFlags.Ack, 0), stop);
                    break;
                case FrameType.Headers:
                    Assert.Equal(Http2Error.NoError, FramePayload.Headers(header, payload, out var block));
                    Assert.Equal(HpackResult.Ok, decoder.Decode(block, list, 64 * 1024));
                    lock (_requests)
                    {
                        _requests.Add(HeaderText.Of(list));
                    }
                    break;
                default:
                    break;
            }
            if (header.Type is FrameType.Headers or FrameType.Data && header.Has(FrameFlags.EndStream))
            {
                await wire.SendAsync(wire.Headers(header.StreamId, ":status: 200", endStream: _bodyLength == 0), stop);
                for (var sent = 0; sent < _bodyLength;)
                {
                    var count = Math.Min(16 * 1024, _bodyLength - sent);
                    sent += count;
                    var flags = sent == _bodyLength ? FrameFlags.EndStream : FrameFlags.None;
                    await wire.SendAsync(Http2Wire.Frame(FrameType.Data, flags, header.StreamId, new byte[count]), stop);
                }
            }
        }
    }
}
