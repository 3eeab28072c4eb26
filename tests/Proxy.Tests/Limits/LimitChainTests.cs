using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tests.Http2;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Limits;

/// <summary>
/// Each limit bites. Those of handshakes, half heads and detection are in the tests of hostile clients, labels in those of metrics.
/// </summary>
[Collection(nameof(EngineTests))]
public sealed class LimitChainTests
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_BeyondThePodsLimit_AreClosedAndCountedAndTheOthersGoOn()
    {
        await using var chain = TestChain.Start(Backend.Echo(), clientOptions: TestNode.Options() with { MaxConnectionsPerPod = 2 });
        await using var first = await chain.ConnectAsync(Token);
        await ExchangeAsync(first);
        await using (var second = await chain.ConnectAsync(Token))
        {
            await ExchangeAsync(second);
            await AssertRefusedAsync(chain);
            Assert.Equal(1, await chain.Client.ErrorsAsync(ConnectionDirection.Outbound, ProxyError.TooManyPodConnections));
            await ExchangeAsync(first);
        }
        // There is room again once one has ended.
        await Eventually.Holds(
            async () => await chain.Client.OnLoopAsync(() => chain.Client.Loop.Metrics.Connections) == 1, TimeSpan.FromSeconds(10),
            () => "the second connection is still there", Token);
        await using var fourth = await chain.ConnectAsync(Token);
        await ExchangeAsync(fourth);
    }

    [Fact]
    public async Task Connections_BeyondTheLoopsLimit_AreClosedAndCounted()
    {
        await using var chain = TestChain.Start(Backend.Echo(), clientOptions: TestNode.Options() with { MaxConnectionsPerLoop = 1 });
        await using var first = await chain.ConnectAsync(Token);
        await ExchangeAsync(first);
        await AssertRefusedAsync(chain);
        Assert.Equal(1, await chain.Client.ErrorsAsync(ConnectionDirection.Outbound, ProxyError.TooManyConnections));
    }

    [Theory]
    [InlineData(3900, "200")]
    [InlineData(4200, "431")]
    public async Task Head_OfHttp1_BeyondTheLimit_Is431(int bytes, string status)
    {
        await using var chain = TestChain.Start(Backend.Echo(), clientOptions: TestNode.Options() with { MaxHeaderBytes = 4096 });
        var (head, _) = await chain.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('a', bytes)}\r\n\r\n", Token);
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3500, "200")]
    [InlineData(4200, "431")]
    public async Task Head_OfHttp2_BeyondTheLimit_Is431(int bytes, string status)
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(
            application.Port, clientOptions: TestNode.Options() with { Http2 = new Http2Options { MaxHeaderBytes = 4096 } });
        // Not .NET's client: once it has read the proxy's settings it does not send what is over the limit.
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        await client.SendHeadersAsync(
            1, end: true, Token, (":method", "GET"), (":scheme", "http"), (":path", "/hello"), (":authority", "bb"), ("x", new string('a', bytes)));
        Assert.Equal(status, (await client.ReadResponseAsync(1, Token)).Status);
    }

    [Fact]
    public async Task Streams_BeyondTheLimit_AreRefusedAndTheOthersGoOn()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(
            application.Port, clientOptions: TestNode.Options() with { Http2 = new Http2Options { MaxStreams = 2 } });
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        for (var stream = 1; stream <= 5; stream += 2)
        {
            await client.SendHeadersAsync(
                stream, end: false, Token, (":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", "/echo"));
        }
        Assert.Equal(Mesh.Proxy.Http2.Frames.Http2Error.RefusedStream, await client.ReadResetAsync(5, Token));
        await client.SendDataAsync(3, "hello", end: true, Token);
        Assert.Equal(("200", "hello"), await client.ReadResponseAsync(3, Token));
    }

    [Fact]
    public async Task Client_IdleForTooLong_IsClosed()
    {
        await using var chain = TestChain.Start(
            Backend.Echo(), clientOptions: TestNode.Options() with { ClientIdleTimeout = TimeSpan.FromMilliseconds(200) });
        await using var client = await chain.ConnectAsync(Token);
        await ExchangeAsync(client);
        await AssertClosedAsync(client);
    }

    [Fact]
    public async Task Response_ThatDoesNotBegin_Is504()
    {
        await using var backend = new Backend(
            async (stream, stop) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        await using var chain = TestChain.Start(
            backend, clientOptions: TestNode.Options() with { ExchangeIdleTimeout = TimeSpan.FromMilliseconds(300) });
        var (head, _) = await chain.ExchangeAsync(Encoding.ASCII.GetString(Request), Token);
        Assert.StartsWith("HTTP/1.1 504 ", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_IdleForTooLong_IsClosed()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is not null)
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            }
            ended.SetResult();
        });
        await using var chain = TestChain.Start(
            backend, serverOptions: TestNode.Options() with { PoolIdleTimeout = TimeSpan.FromMilliseconds(200) });
        await using var client = await chain.ConnectAsync(Token);
        await ExchangeAsync(client);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);
    }

    [Fact]
    public async Task Bytes_NotMovingForTooLong_EndTheConnection()
    {
        await using var backend = new Backend(async (stream, stop) => await stream.CopyToAsync(stream, stop));
        await using var chain = TestChain.Start(
            backend, protocol: Mesh.Interfaces.NodeSession.Protocol.Opaque,
            clientOptions: TestNode.Options() with { OpaqueIdleTimeout = TimeSpan.FromMilliseconds(400) });
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("ping"u8.ToArray(), Token);
        await client.ReadExactlyAsync(new byte[4], Token);
        await AssertClosedAsync(client);
    }

    private static async Task ExchangeAsync(Stream stream)
    {
        await stream.WriteAsync(Request, Token);
        var (head, _) = await new WireReader(stream).ReadResponseAsync(Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
    }

    private static async Task AssertRefusedAsync(TestChain chain)
    {
        try
        {
            await using var stream = await chain.ConnectAsync(Token);
            await AssertClosedAsync(stream);
        }
        catch (SocketException)
        {
            // The kernel accepts first; the reset that follows may come before or after the client is told.
        }
    }

    private static async Task AssertClosedAsync(Stream stream)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[16], limit.Token));
        }
        catch (IOException)
        {
            // Closed with a reset.
        }
    }
}
