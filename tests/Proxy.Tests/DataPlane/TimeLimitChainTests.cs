using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.Tests.DataPlane;

[Collection(nameof(EngineTests))]
public sealed class TimeLimitChainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("request", "request timed out: it may take 100 ms")]
    [InlineData("response", "request timed out: the response may take 100 ms")]
    [InlineData("idle", "request timed out: nothing may be silent for more than 100 ms")]
    public async Task Request_BeyondALimit_Is504AndTheConnectionStays(string limit, string reason)
    {
        await using var chain = Start(Limit(limit, 100), ResilientChain.Silent());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        for (var i = 0; i < 2; i++)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"), Token);
            var (head, _) = await reader.ReadResponseAsync(Token);
            Assert.StartsWith("HTTP/1.1 504", head, StringComparison.Ordinal);
            Assert.Contains($"l5d-proxy-error: {reason}", head, StringComparison.Ordinal);
        }
        Assert.Equal(2, await chain.Client.ErrorsAsync(ConnectionDirection.Outbound, ProxyError.UpstreamTimeout));
        Assert.Equal(2UL, Assert.Single(chain.Client.Engine.CollectTraffic().Series).Failure);
    }

    [Fact]
    public async Task Requests_WithinALimitEach_MayTakeLongerTogether()
    {
        // The connection rests between them, for as long as the limit allows a request.
        await using var chain = Start(Limit("request", 200), Backend.Echo());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        var start = TimeProvider.System.GetTimestamp();
        var requests = 0;
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMilliseconds(500))
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Get), Token);
            Assert.StartsWith("HTTP/1.1 200", (await reader.ReadResponseAsync(Token)).Head, StringComparison.Ordinal);
            requests++;
        }
        Assert.True(requests > 1);
    }

    [Fact]
    public async Task Connection_AfterARequestWithALimit_IsNotClosedByIt()
    {
        await using var chain = Start(Limit("request", 50), Backend.Echo());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        // Half of a second request is there when the first one ends.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Get + Get[..10]), Token);
        await reader.ReadResponseAsync(Token);
        var timers = await chain.Client.OnLoopAsync(() => chain.Client.Loop.Loop.Now);
        await Testing.Eventually.Holds(
            async () => await chain.Client.OnLoopAsync(() => chain.Client.Loop.Loop.Now) > timers + 150,
            TimeSpan.FromSeconds(5), () => "time stands still", Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Get[10..]), Token);
        Assert.StartsWith("HTTP/1.1 200", (await reader.ReadResponseAsync(Token)).Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("request")]
    [InlineData("response")]
    [InlineData("idle")]
    public async Task Response_BeyondALimitInItsMiddle_IsCutOff(string limit)
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            await reader.ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray(), stop);
            await reader.ReadToEndAsync(stop);
        });
        await using var chain = Start(Limit(limit, 100), backend);
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Get), Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(stream).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Request_WhoseHandshakeHangs_Is504AtItsLimit()
    {
        await using var mute = ResilientChain.Silent();
        await using var chain = TestChain.Start(Backend.Echo());
        var service = TestChain.Service();
        service.Destination.Settings = Limit("request", 100);
        var endpoint = chain.ServerEndpoint();
        endpoint.Port = (uint)mute.Port;
        chain.Client.Apply(service, TestChain.Endpoints(endpoint));
        var (head, _) = await chain.ExchangeAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", Token);
        Assert.StartsWith("HTTP/1.1 504", head, StringComparison.Ordinal);
        Assert.Contains("request timed out", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WhoseBodyDoesNotCome_Is504AndTheConnectionEnds()
    {
        await using var chain = Start(Limit("idle", 100), ResilientChain.Silent());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nhi"), Token);
        var all = await new WireReader(stream).ReadToEndAsync(Token);
        Assert.StartsWith("HTTP/1.1 504", all, StringComparison.Ordinal);
        Assert.Contains("connection: close", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upgrade_WithALimit_IsNotCutOff()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            await reader.ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"u8.ToArray(), stop);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(await reader.ReadTextAsync(4, stop)), stop);
        });
        await using var chain = Start(new TrafficSettings { RequestTimeoutMs = 60, ResponseTimeoutMs = 50, IdleTimeoutMs = 40 }, backend);
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"u8.ToArray(), Token);
        Assert.StartsWith("HTTP/1.1 101", await reader.ReadHeadAsync(Token), StringComparison.Ordinal);
        var now = await chain.Client.OnLoopAsync(() => chain.Client.Loop.Loop.Now);
        await Testing.Eventually.Holds(
            async () => await chain.Client.OnLoopAsync(() => chain.Client.Loop.Loop.Now) > now + 150,
            TimeSpan.FromSeconds(5), () => "time stands still", Token);
        await stream.WriteAsync("ping"u8.ToArray(), Token);
        Assert.Equal("ping", await reader.ReadTextAsync(4, Token));
    }

    private static TrafficSettings Limit(string which, uint milliseconds) => which switch
    {
        "request" => new TrafficSettings { RequestTimeoutMs = milliseconds },
        "response" => new TrafficSettings { ResponseTimeoutMs = milliseconds },
        _ => new TrafficSettings { IdleTimeoutMs = milliseconds },
    };

    private static ResilientChain Start(TrafficSettings settings, params Backend[] backends) =>
        ResilientChain.Start(destination => destination.Settings = settings, backends);
}
