using System.Net.Sockets;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>How connections end when their pod, or this process's time, does.</summary>
[Collection(nameof(EngineTests))]
public sealed class DrainTests
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: bb\r\n\r\n"u8.ToArray();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DrainPod_AnswerOnItsWay_ReachesTheClientWhole()
    {
        // More than all socket buffers on the way together.
        const int Length = 64 * 1024 * 1024;
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"u8.ToArray(), stop);
            for (var sent = 0; sent < Length; sent += 64 * 1024)
            {
                await stream.WriteAsync(new byte[64 * 1024], stop);
            }
        });
        await using var chain = TestChain.Start(backend, serverOptions: Options(podDrain: TimeSpan.FromSeconds(60)));
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync(Request, Token);
        var buffer = new byte[64 * 1024];
        var total = await client.ReadAsync(buffer, Token);
        var head = buffer.AsSpan(0, total).IndexOf("\r\n\r\n"u8) + 4;

        var drained = EndAsync(chain.Server);
        while (total < head + Length && await client.ReadAsync(buffer, Token) is > 0 and var read)
        {
            total += read;
        }
        await drained;

        Assert.True(head > 4, "the first bytes are no head");
        Assert.Equal(Length, total - head);
    }

    [Fact]
    public async Task DrainPod_PeerThatDoesNotRead_IsCutInTheEnd()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"u8.ToArray(), stop);
            while (true)
            {
                await stream.WriteAsync(new byte[64 * 1024], stop);
            }
        });
        await using var chain = TestChain.Start(backend, serverOptions: Options(podDrain: TimeSpan.FromMilliseconds(300)));
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync(Request, Token);
        await new WireReader(client).ReadHeadAsync(Token);

        await EndAsync(chain.Server).WaitAsync(TimeSpan.FromSeconds(20), Token);

        Assert.Equal(0, await chain.Server.OnLoopAsync(() => chain.Server.Loop.Metrics.Connections));
    }

    [Fact]
    public async Task DrainPod_ConnectionBetweenTwoRequests_EndsInOrder()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(backend, TestChain.Allow(TestChain.Anyone()), serverOptions: Options());
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync(Request, Token);
        var reader = new WireReader(client);
        await reader.ReadResponseAsync(Token);

        var drained = EndAsync(chain.Server);
        var rest = await client.ReadAsync(new byte[1], Token);
        client.Socket.Shutdown(SocketShutdown.Send);
        await drained;

        Assert.Equal(0, rest);
    }

    [Fact]
    public async Task Retire_ConnectionBetweenTwoRequests_IsToldWithTheNextAnswer()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(
            backend, TestChain.Allow(TestChain.Anyone()), serverOptions: Options(idle: TimeSpan.FromMinutes(1)));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var reader = new WireReader(client);
        await client.WriteAsync(Request, Token);
        var (before, _) = await reader.ReadResponseAsync(Token);

        chain.Server.Engine.Retire();
        await chain.Server.OnLoopAsync(() => true);
        await client.WriteAsync(Request, Token);
        var (after, _) = await reader.ReadResponseAsync(Token);

        Assert.DoesNotContain("connection: close", before, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("connection: close", after, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", await reader.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Retire_ConnectionThatRests_EndsAfterItsTime()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(
            backend, TestChain.Allow(TestChain.Anyone()), serverOptions: Options(idle: TimeSpan.FromMilliseconds(100)));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync(Request, Token);
        await new WireReader(client).ReadResponseAsync(Token);

        chain.Server.Engine.Retire();

        Assert.Equal(0, await client.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task Retire_ListeningSockets_AreLetGoOf()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(backend, TestChain.Allow(TestChain.Anyone()), serverOptions: Options());

        chain.Server.Engine.Retire();
        await chain.Server.OnLoopAsync(() => true);

        // Nobody else has them here.
        await Assert.ThrowsAsync<SocketException>(() => TestChain.ConnectAsync(chain.Server.InboundPort, Token));
    }

    private static DataPlaneOptions Options(TimeSpan? podDrain = null, TimeSpan? idle = null) => new()
    {
        Loops = 1,
        SocketMark = 0,
        DetectTimeout = TimeSpan.FromSeconds(5),
        PodDrainTimeout = podDrain ?? TimeSpan.FromSeconds(10),
        DrainIdleTimeout = idle ?? TimeSpan.FromSeconds(10),
    };

    // As CNI DEL does.
    private static async Task EndAsync(TestNode node)
    {
        await node.Engine.DrainPodAsync(node.Uid);
        node.Engine.RemovePod(node.Uid);
    }
}
