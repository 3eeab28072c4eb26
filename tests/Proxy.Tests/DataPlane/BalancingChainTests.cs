using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.DataPlane;

[Collection(nameof(EngineTests))]
public sealed class BalancingChainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Endpoint_ThatFailsRequestAfterRequest_IsLeftOut()
    {
        var asked = 0;
        var bad = ResilientChain.Answering((_, _) =>
        {
            Interlocked.Increment(ref asked);
            return (500, "");
        });
        await using var good = Backend.Echo();
        await using var chain = ResilientChain.Start(Breaking(3, 60_000), bad);
        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("HTTP/1.1 500", (await chain.ExchangeAsync(Get, Token)).Head, StringComparison.Ordinal);
        }
        chain.Client.Apply(TestChain.Endpoints(ResilientChain.At(bad), ResilientChain.At(good)));
        for (var i = 0; i < 50; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", (await chain.ExchangeAsync(Get, Token)).Head, StringComparison.Ordinal);
        }
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Endpoints_AllOut_Is503AtOnceWithTheReason()
    {
        Backend Bad() => ResilientChain.Answering((_, _) => (500, ""));
        await using var chain = ResilientChain.Start(Breaking(2, 60_000), Bad(), Bad(), Bad());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        for (var i = 0; i < 10; i++)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Get), Token);
            var (head, _) = await reader.ReadResponseAsync(Token);
            Assert.StartsWith(i < 6 ? "HTTP/1.1 500" : "HTTP/1.1 503", head, StringComparison.Ordinal);
            if (i >= 6)
            {
                const string Reason = "l5d-proxy-error: all 3 endpoints of bb-target.mc-demo are out after consecutive failures";
                Assert.Contains(Reason, head, StringComparison.Ordinal);
                Assert.DoesNotContain("connection: close", head, StringComparison.Ordinal);
            }
        }
        Assert.Equal(4, await chain.Client.ErrorsAsync(ConnectionDirection.Outbound, ProxyError.EndpointsOut));
    }

    [Fact]
    public async Task Endpoint_ThatIsOut_ComesBackAfterOneGoodAnswer()
    {
        var healthy = false;
        var asked = 0;
        var endpoint = ResilientChain.Answering((_, _) =>
        {
            Interlocked.Increment(ref asked);
            return (Volatile.Read(ref healthy) ? 200 : 500, "");
        });
        await using var chain = ResilientChain.Start(Breaking(2, 50), endpoint);
        await chain.ExchangeAsync(Get, Token);
        await chain.ExchangeAsync(Get, Token);
        Assert.Equal(2, asked);
        Volatile.Write(ref healthy, true);
        await Eventually.Holds(
            async () => (await chain.ExchangeAsync(Get, Token)).Head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal),
            TimeSpan.FromSeconds(5), () => "it stays out", Token);
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", (await chain.ExchangeAsync(Get, Token)).Head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Endpoint_ThatTakesTooLong_CountsAsFailing()
    {
        await using var chain = ResilientChain.Start(
            destination =>
            {
                Breaking(2, 60_000)(destination);
                destination.Settings = new TrafficSettings { RequestTimeoutMs = 50 };
            },
            ResilientChain.Silent());
        for (var i = 0; i < 2; i++)
        {
            Assert.StartsWith("HTTP/1.1 504", (await chain.ExchangeAsync(Get, Token)).Head, StringComparison.Ordinal);
        }
        var (head, _) = await chain.ExchangeAsync(Get, Token);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Contains("the only endpoint of bb-target.mc-demo is out after consecutive failures", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_KnownToBeUnreachable_IsQuickly503AlsoForTheRequestThatTriesItAgain()
    {
        // Nobody accepts, and a second connection does not fit in: connecting to it takes until the limit, as it does to a host that is gone.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var only = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await only.ConnectAsync(full.LocalEndPoint!, Token);
        await using var chain = ResilientChain.StartTo(_ => { }, ((IPEndPoint)full.LocalEndPoint!).Port);
        Assert.StartsWith("HTTP/1.1 504", (await chain.ExchangeAsync(Get, Token)).Head, StringComparison.Ordinal);

        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        var tried = false;
        while (time.GetElapsedTime(start) < TimeSpan.FromSeconds(2.5))
        {
            var sent = time.GetTimestamp();
            var (head, _) = await chain.ExchangeAsync(Get, Token);
            Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
            Assert.Contains("last failure: connect timed out", head, StringComparison.Ordinal);
            tried |= time.GetElapsedTime(sent) > TimeSpan.FromMilliseconds(500);
        }
        Assert.True(tried, "no request tried the endpoint again");
    }

    [Fact]
    public async Task Endpoints_InTheClientsZone_AreUsedWhereTheServiceAsksForIt()
    {
        await using var near = Backend.Echo();
        await using var far = Backend.Echo();
        await using var chain = ResilientChain.Start(
            destination => destination.TrafficDistribution = TrafficDistribution.PreferSameZone, near, far);
        var pod = chain.Client.Pod(TestChain.Allow(TestChain.Anyone()));
        pod.Pod.Zone = "a";
        var (nearby, distant) = (ResilientChain.At(near), ResilientChain.At(far));
        (nearby.Zone, distant.Zone) = ("a", "b");
        chain.Client.Apply(pod, TestChain.Endpoints(distant, nearby));
        for (var i = 0; i < 20; i++)
        {
            await chain.ExchangeAsync(Get, Token);
        }
        Assert.Equal(0, far.Accepted);
        nearby.Ready = false;
        chain.Client.Apply(TestChain.Endpoints(distant, nearby));
        await chain.ExchangeAsync(Get, Token);
        Assert.Equal(1, far.Accepted);
    }

    [Fact]
    public async Task Endpoints_OnTheClientsNode_AreUsedWhereTheServiceAsksForIt()
    {
        await using var near = Backend.Echo();
        await using var far = Backend.Echo();
        var options = new DataPlaneOptions { Loops = 1, SocketMark = 0, Cluster = "east", Node = "east-1" };
        await using var chain = ResilientChain.Start(
            destination => destination.TrafficDistribution = TrafficDistribution.PreferSameNode, options, near, far);
        var (nearby, distant) = (ResilientChain.At(near), ResilientChain.At(far));
        (nearby.Node, distant.Node) = ("east-1", "east-2");
        chain.Client.Apply(TestChain.Endpoints(distant, nearby));
        for (var i = 0; i < 20; i++)
        {
            await chain.ExchangeAsync(Get, Token);
        }
        Assert.Equal(0, far.Accepted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Endpoint_ThatGoesAway_FinishesItsRequestsAndLosesItsIdleConnections(bool onlyNotReady)
    {
        var release = new TaskCompletionSource();
        var ended = 0;
        await using var leaving = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is { } head)
            {
                if (head.StartsWith("GET /slow", StringComparison.Ordinal))
                {
                    await release.Task.WaitAsync(stop);
                }
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
            }
            Interlocked.Increment(ref ended);
        });
        await using var staying = Backend.Echo();
        await using var chain = ResilientChain.Start(_ => { }, leaving);
        var slow = chain.ExchangeAsync("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        await Eventually.Holds(() => leaving.Accepted == 1, TimeSpan.FromSeconds(5), () => "not accepted", Token);
        await chain.ExchangeAsync(Get, Token);
        Assert.Equal(2, leaving.Accepted);

        var gone = ResilientChain.At(leaving);
        gone.Ready = false;
        chain.Client.Apply(onlyNotReady
            ? TestChain.Endpoints(gone, ResilientChain.At(staying))
            : TestChain.Endpoints(ResilientChain.At(staying)));
        // Without any request: the idle one goes at once, the other one not yet.
        await Eventually.Holds(() => Volatile.Read(ref ended) == 1, TimeSpan.FromSeconds(5), () => $"{ended} ended", Token);
        Assert.StartsWith("GET / ", (await chain.ExchangeAsync(Get, Token)).Body, StringComparison.Ordinal);
        Assert.False(slow.IsCompleted);
        release.SetResult();
        Assert.Equal("ok", (await slow).Body);
        await Eventually.Holds(() => Volatile.Read(ref ended) == 2, TimeSpan.FromSeconds(5), () => $"{ended} ended", Token);
        Assert.Equal(1, staying.Accepted);
    }

    [Fact]
    public async Task Post_WhenTheServerHasJustClosedTheIdleConnection_GoesOverANewOne()
    {
        var close = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            var head = await reader.ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
            if (head!.StartsWith("GET", StringComparison.Ordinal))
            {
                await close.Task.WaitAsync(stop);
                stream.Socket.Close();
                closed.SetResult();
            }
        });
        await using var chain = ResilientChain.Start(_ => { }, backend);
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Get), Token);
        await reader.ReadResponseAsync(Token);

        // While the loop does something else the request comes first, the end of the idle connection second.
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        chain.Client.Loop.Loop.Post(() =>
        {
            entered.Set();
            leave.Wait(TimeSpan.FromSeconds(10));
        });
        Assert.True(entered.Wait(TimeSpan.FromSeconds(10), Token));
        await stream.WriteAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"u8.ToArray(), Token);
        close.SetResult();
        await closed.Task.WaitAsync(Token);
        leave.Set();

        Assert.StartsWith("HTTP/1.1 200", (await reader.ReadResponseAsync(Token)).Head, StringComparison.Ordinal);
        Assert.Equal(2, backend.Accepted);
    }

    private static Action<Destination> Breaking(uint failures, uint penalty) => destination =>
        destination.FailureAccrual = new FailureAccrual { MaxFailures = failures, MinPenaltyMs = penalty, MaxPenaltyMs = penalty };
}
