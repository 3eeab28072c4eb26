using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Session;

namespace Mesh.Proxy.Tests.Session;

public sealed class MessageFramingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_FrameInPiecesOfEverySize_IsTheMessage()
    {
        var message = new SiloMessage { Update = new Update { Removals = { "pod/u1", "pod/u2" }, Complete = true } };
        var frames = (byte[])[.. MessageFraming.Frame(message), .. MessageFraming.Frame(message)];
        for (var size = 1; size <= frames.Length; size++)
        {
            using var stream = new PiecewiseStream(frames, size);

            Assert.Equal(message, await MessageFraming.ReadAsync(stream, SiloMessage.Parser, Cancel));
            Assert.Equal(message, await MessageFraming.ReadAsync(stream, SiloMessage.Parser, Cancel));
            Assert.Null(await MessageFraming.ReadAsync(stream, SiloMessage.Parser, Cancel));
        }
    }

    [Fact]
    public async Task Read_CutAnywhereInsideAFrame_IsAnError()
    {
        var frame = MessageFraming.Frame(new SiloMessage { Update = new Update { Complete = true } });
        for (var length = 1; length < frame.Length; length++)
        {
            using var stream = new MemoryStream(frame[..length]);

            await Assert.ThrowsAsync<SessionException>(() => MessageFraming.ReadAsync(stream, SiloMessage.Parser, Cancel));
        }
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0, 0, 0x40, 0, 1 })]
    [InlineData(new byte[] { (byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', (byte)'1' })]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 0xFF, 0xFF })]
    public async Task Read_NotAFrame_IsAnError(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);

        await Assert.ThrowsAsync<SessionException>(() => MessageFraming.ReadAsync(stream, SiloMessage.Parser, Cancel));
    }

    private sealed class PiecewiseStream(byte[] content, int size) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
