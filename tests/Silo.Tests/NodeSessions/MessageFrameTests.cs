using System.Buffers;
using System.IO.Pipelines;
using Mesh.Interfaces.NodeSession;
using Mesh.Silo.NodeSessions;

namespace Mesh.Silo.Tests.NodeSessions;

public sealed class MessageFrameTests
{
    private static readonly byte[] Frame = [0, 0, 0, 0, 3, 10, 11, 12];

    [Fact]
    public void TryRead_SplitAtEveryByte_IsIncompleteUntilTheLast()
    {
        for (var length = 0; length <= Frame.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(Frame, 0, length);
            var result = MessageFrame.TryRead(ref buffer, out var message);
            Assert.Equal(length == Frame.Length ? FrameResult.Complete : FrameResult.Incomplete, result);
            Assert.Equal(length == Frame.Length ? 3 : 0, message.Length);
        }
    }

    [Fact]
    public void TryRead_AnyBytes_NeverThrowsAndNeverTakesMoreThanThereIs()
    {
        for (var i = 0; i < 100_000; i++)
        {
            var bytes = new byte[Random.Shared.Next(64)];
            Random.Shared.NextBytes(bytes);
            if (bytes.Length > 0 && Random.Shared.Next(2) == 0)
            {
                bytes.AsSpan(0, Math.Min(4, bytes.Length)).Clear();
            }
            var buffer = new ReadOnlySequence<byte>(bytes);
            var result = MessageFrame.TryRead(ref buffer, out var message);
            Assert.Equal(result == FrameResult.Complete ? bytes.Length - 5 - message.Length : bytes.Length, buffer.Length);
        }
    }

    [Theory]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 80, 82, 73 })]
    [InlineData(new byte[] { 0, 0, 64, 0, 1 })]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 })]
    public void TryRead_CompressedOrTooLong_IsInvalidAtOnce(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        Assert.Equal(FrameResult.Invalid, MessageFrame.TryRead(ref buffer, out _));
    }

    [Fact]
    public async Task Write_AndRead_GiveTheSameMessages()
    {
        var pipe = new Pipe();
        MessageFrame.Write(pipe.Writer, new Demand { Add = { new SocketAddress { Ip = "10.0.0.1", Port = 80 } } });
        MessageFrame.Write(pipe.Writer, new Demand());
        await pipe.Writer.FlushAsync(TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var first = await MessageFrame.ReadAsync(pipe.Reader, Demand.Parser, TestContext.Current.CancellationToken);
        Assert.Equal("10.0.0.1", first!.Add.Single().Ip);
        Assert.Equal(new Demand(), await MessageFrame.ReadAsync(pipe.Reader, Demand.Parser, TestContext.Current.CancellationToken));
        Assert.Null(await MessageFrame.ReadAsync(pipe.Reader, Demand.Parser, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Write_TooLong_Throws() => Assert.Throws<InvalidOperationException>(
        () => MessageFrame.Write(new Pipe().Writer, new Certificate { Error = new string('x', MessageFrame.MaxMessageBytes) }));
}
