using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Tests.DataPlane;

[Collection(nameof(EngineTests))]
public sealed class RetryChainTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private int _bad;
    private int _good;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Response_ThatIsToBeRetried_IsAskedOfAnotherEndpoint()
    {
        await using var chain = Start(ResilientChain.Retry(500, 599), Bad(503), Good());
        for (var i = 0; i < 50; i++)
        {
            var (head, body) = await chain.ExchangeAsync(Get, Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
            Assert.Equal("good", body);
        }
        Assert.Equal(50, _good);
        Assert.InRange(_bad, 1, 50);
        Assert.Equal(_bad, chain.Metric("outbound_http_route_retry_requests_total"));
        Assert.Equal(_bad, chain.Metric("outbound_http_route_retry_successes_total"));
        Assert.Equal(0, chain.Metric("outbound_http_route_retry_limit_exceeded_total"));
        // The loop counts once it has sent the response.
        await chain.Client.OnLoopAsync(() => true);
        var report = chain.Client.Engine.CollectTraffic().Series;
        Assert.Equal(50UL, report.Aggregate(0UL, (sum, series) => sum + series.Success));
        Assert.Equal(0UL, report.Aggregate(0UL, (sum, series) => sum + series.Failure));
        Assert.Equal((ulong)_bad, report.Aggregate(0UL, (sum, series) => sum + series.Retries));
    }

    [Fact]
    public async Task Response_AfterTheLastRetry_IsPassedOn()
    {
        await using var chain = Start(ResilientChain.Retry(500, 599, limit: 3), Bad(503));
        var (head, body) = await chain.ExchangeAsync(Get, Token);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Equal("bad", body);
        Assert.DoesNotContain("l5d-proxy-error", head, StringComparison.Ordinal);
        Assert.Equal(4, _bad);
        Assert.Equal(1, chain.Metric("outbound_http_route_retry_limit_exceeded_total"));
    }

    [Fact]
    public async Task Response_OfAnotherStatus_IsPassedOn()
    {
        await using var chain = Start(ResilientChain.Retry(502, 504), Bad(500));
        var (head, _) = await chain.ExchangeAsync(Get, Token);
        Assert.StartsWith("HTTP/1.1 500", head, StringComparison.Ordinal);
        Assert.Equal(1, _bad);
    }

    [Fact]
    public async Task Requests_OnOneConnection_AreEachRetriedAndTheUpstreamConnectionIsUsedAgain()
    {
        var bad = Bad(503);
        await using var chain = Start(ResilientChain.Retry(500, 599), bad, Good());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Get, 50))), Token);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("good", (await reader.ReadResponseAsync(Token)).Body);
        }
        Assert.InRange(_bad, 1, 50);
        Assert.Equal(1, bad.Accepted);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20_000)]
    [InlineData(60_000)]
    public async Task Request_WithABodyThatComesInParts_IsRetriedWithAllOfIt(int length)
    {
        var text = new string([.. Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26)))]);
        await using var chain = Start(ResilientChain.Retry(500, 599), FailingOnce());
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"), Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text[..(length / 2)]), Token);
        await Testing.Eventually.Holds(
            () => chain.Metric("request_total") == 1, TimeSpan.FromSeconds(5), () => "the head has not been passed on", Token);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text[(length / 2)..]), Token);
        var (head, body) = await new WireReader(stream).ReadResponseAsync(Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Equal(text, body);
        Assert.Equal(2, _good);
    }

    [Fact]
    public async Task Request_Chunked_IsRetriedWithAllOfIt()
    {
        await using var chain = Start(ResilientChain.Retry(500, 599), FailingOnce());
        var (head, body) = await chain.ExchangeAsync(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Equal("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", body);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_WithALargeBody_IsNotRetried(bool chunked)
    {
        await using var chain = Start(ResilientChain.Retry(500, 599), FailingOnce());
        var text = new string('x', 100_000);
        var (head, _) = await chain.ExchangeAsync(
            chunked
                ? $"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{text.Length:x}\r\n{text}\r\n0\r\n\r\n"
                : $"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {text.Length}\r\n\r\n{text}",
            Token);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Equal(1, _good);
    }

    [Fact]
    public async Task Attempt_ThatTakesTooLong_IsGivenUpForAnotherEndpoint()
    {
        await using var chain = Start(ResilientChain.Retry(500, 599, timeout: 100), ResilientChain.Silent(), Good());
        for (var i = 0; i < 5; i++)
        {
            var (head, _) = await chain.ExchangeAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
        Assert.Equal(5, _good);
    }

    [Fact]
    public async Task Endpoint_ThatEndsTheConnectionInsteadOfAnswering_IsA502ThatIsRetriedWhereAsked()
    {
        var rude = new Backend(async (stream, stop) => await new WireReader(stream).ReadHeadAsync(stop));
        await using var chain = Start(ResilientChain.Retry(502, 502), rude, Good());
        for (var i = 0; i < 10; i++)
        {
            var (head, _) = await chain.ExchangeAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
        Assert.InRange(rude.Accepted, 1, 10);
    }

    [Fact]
    public async Task Response_OverTheChain_IsRetriedAtAnotherPod()
    {
        await using var bad = Bad(503);
        await using var chain = TestChain.Start(Good());
        await using var other = new TestNode("mc-demo", "bb");
        other.Original.Destinations[(other.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", bad.Port);
        other.Engine.SetCertificate(chain.Authority.Issue("mc-demo", "bb"));
        other.Apply(other.Pod(TestChain.Allow(TestChain.MeshTls(TestChain.ClientIdentity))));
        other.Engine.Start();
        var service = TestChain.Service();
        service.Destination.Settings = new TrafficSettings { Retry = ResilientChain.Retry(500, 599) };
        var endpoint = chain.ServerEndpoint();
        endpoint.Port = (uint)other.InboundPort;
        chain.Client.Apply(service, TestChain.Endpoints(endpoint, chain.ServerEndpoint()));
        for (var i = 0; i < 20; i++)
        {
            var (head, body) = await chain.ExchangeAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
            Assert.Equal("good", body);
        }
        Assert.InRange(_bad, 1, 20);
    }

    [Fact]
    public async Task Retries_OfAServiceThatFailsAlways_StayWithinTheBudget()
    {
        await using var chain = Start(ResilientChain.Retry(500, 599), Bad(503));
        await using var stream = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var reader = new WireReader(stream);
        for (var i = 0; i < 300; i++)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Get), Token);
            Assert.StartsWith("HTTP/1.1 503", (await reader.ReadResponseAsync(Token)).Head, StringComparison.Ordinal);
        }
        var retries = chain.Metric("outbound_http_route_retry_requests_total");
        // A hundred, and a fifth of three hundred; more only where the test takes longer than ten seconds.
        Assert.InRange(retries, 150, 250);
        Assert.Equal(300 + retries, _bad);
        Assert.Equal(300 - retries, chain.Metric("outbound_http_route_retry_overflow_total"));
    }

    [Fact]
    public async Task Routes_HaveTheirOwnRulesAndNumbers()
    {
        await using var chain = ResilientChain.Start(
            destination =>
            {
                destination.Settings = new TrafficSettings { Retry = ResilientChain.Retry(500, 599, limit: 2) };
                destination.Routes.Add(new Route
                {
                    Kind = "httproute",
                    Namespace = "mc-demo",
                    Name = "patient",
                    Matches = { new RouteMatch { Path = new PathMatch { Kind = PathMatch.Types.Kind.Prefix, Value = "/patient" } } },
                    Settings = new TrafficSettings { Retry = ResilientChain.Retry(500, 599, limit: 5) },
                });
            },
            Bad(503));
        await chain.ExchangeAsync("GET /patient/a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.Equal(6, _bad);
        await chain.ExchangeAsync(Get, Token);
        Assert.Equal(9, _bad);
        const string Labels = "route_kind=\"httproute\",route_namespace=\"mc-demo\",route_name=\"patient\"";
        Assert.Contains(Labels, chain.Metrics(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_WithRetriesAndTimeLimits_AllocateNothingOnTheLoop()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var buffer = new byte[4096];
            var response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();
            while (await stream.ReadAsync(buffer, stop) > 0)
            {
                await stream.WriteAsync(response, stop);
            }
        });
        await using var chain = ResilientChain.Start(
            destination =>
            {
                destination.Settings = new TrafficSettings
                {
                    RequestTimeoutMs = 10_000,
                    ResponseTimeoutMs = 9_000,
                    IdleTimeoutMs = 8_000,
                    Retry = ResilientChain.Retry(500, 599, timeout: 7_000),
                };
                destination.FailureAccrual = new FailureAccrual { MaxFailures = 7, MinPenaltyMs = 1_000, MaxPenaltyMs = 60_000 };
                destination.Routes.Add(new Route
                {
                    Name = "r",
                    Matches = { new RouteMatch { Path = new PathMatch { Kind = PathMatch.Types.Kind.Prefix, Value = "/a" } } },
                });
            },
            backend);
        await using var client = await TestChain.ConnectAsync(chain.Client.OutboundPort, Token);
        var request = "POST /a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"u8.ToArray();
        var received = new byte["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".Length];
        async Task RunAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await client.WriteAsync(request, Token);
                await client.ReadExactlyAsync(received, Token);
            }
        }

        await RunAsync(500);
        var before = await chain.Client.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
        await RunAsync(2000);
        var after = await chain.Client.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
        Assert.InRange(after - before, 0, 1500);
    }

    private static ResilientChain Start(RetryPolicy retry, params Backend[] backends) =>
        ResilientChain.Start(destination => destination.Settings = new TrafficSettings { Retry = retry }, backends);

    private Backend Bad(int status) => ResilientChain.Answering((_, _) =>
    {
        Interlocked.Increment(ref _bad);
        return (status, "bad");
    });

    private Backend Good() => ResilientChain.Answering((_, _) =>
    {
        Interlocked.Increment(ref _good);
        return (200, "good");
    });

    private Backend FailingOnce() => ResilientChain.Answering((_, body) => Interlocked.Increment(ref _good) == 1 ? (503, "") : (200, body));
}
