using System.Text;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Transport;

namespace Mesh.Embedded.Tests.Transport;

public sealed class FrameTests
{
    private const int Limit = 1 << 20;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_FramesSplitAtEveryByte_ArriveWhole()
    {
        var bytes = Frame.Create(FrameType.Ping, "[1]"u8).Concat(Frame.Create(FrameType.Gossip, [])).ToArray();
        for (var split = 0; split <= bytes.Length; split++)
        {
            await using var connection = new FrameConnection(new PiecesStream(bytes[..split], bytes[split..]), "test", Limit);
            var (first, body) = await connection.ReadAsync(Cancelled);
            var (second, empty) = await connection.ReadAsync(Cancelled);
            Assert.Equal((FrameType.Ping, "[1]"), (first, Encoding.UTF8.GetString(body)));
            Assert.Equal(FrameType.Gossip, second);
            Assert.Empty(empty);
            await Assert.ThrowsAsync<EndOfStreamException>(() => connection.ReadAsync(Cancelled));
        }
    }

    [Fact]
    public async Task Read_CutAnywhere_IsAnEndAndNotAFrame()
    {
        var bytes = Frame.Create(FrameType.Ping, "[1]"u8);
        for (var length = 0; length < bytes.Length; length++)
        {
            await using var connection = new FrameConnection(new PiecesStream(bytes[..length]), "test", Limit);
            await Assert.ThrowsAsync<EndOfStreamException>(() => connection.ReadAsync(Cancelled));
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    [InlineData(Limit + 2, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MinValue, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 200)]
    public void TryParseHeader_Nonsense_IsRefused(int length, byte type)
    {
        byte[] header = [(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, type];
        Assert.False(Frame.TryParseHeader(header, Limit, out _, out _));
    }

    [Fact]
    public void Parse_MutatedMessages_FailOnlyAsProtocolErrors()
    {
        var random = new Random(20260101);
        var greeting = Encoding.UTF8.GetBytes(
            """{"protocol":"p","clusterId":"c","self":{"address":"1.2.3.4:5@6","name":"n","metadata":{"a":"b"},"status":1},"members":[]}""");
        var request = Encoding.UTF8.GetBytes("""{"id":1,"grain":"a/b","method":"m","milliseconds":1,"hops":0,"chain":["x"],"arguments":[1]}""");
        for (var i = 0; i < 20_000; i++)
        {
            Try<Greeting>(Mutate(greeting, random));
            Try<RequestFrame>(Mutate(request, random));
            Try<MemberRecord[]>(Mutate(greeting, random));
        }
    }

    [Fact]
    public void Greet_AnyMutation_IsAGreetingOrAProtocolError()
    {
        var random = new Random(7);
        var greeting = Encoding.UTF8.GetBytes(
            """{"protocol":"mesh-orleans-embedded/1","clusterId":"default","self":{"address":"1.2.3.4:5@6","name":"n","metadata":{},"status":1},"members":[]}""");
        for (var i = 0; i < 20_000; i++)
        {
            try
            {
                Assert.True(PeerDialer.Greet((FrameType.Hello, Mutate(greeting, random)), new EmbeddedSiloOptions()).Self.IsValid);
            }
            catch (ProtocolException)
            {
                // As it should be.
            }
        }
    }

    private static byte[] Mutate(byte[] message, Random random)
    {
        var copy = message.ToArray();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            copy[random.Next(copy.Length)] = (byte)random.Next(256);
        }
        return copy[..random.Next(copy.Length / 2, copy.Length + 1)];
    }

    private static void Try<T>(byte[] body)
        where T : class
    {
        try
        {
            WireJson.Parse<T>(body);
        }
        catch (ProtocolException)
        {
            // As it should be.
        }
    }
}
