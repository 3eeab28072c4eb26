using System.Net;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Tests.DataPlane;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Http2;

/// <summary>Retries, time limits and circuit breaking for HTTP/2 and gRPC.</summary>
public sealed class ResilientHttp2Tests
{
    private int _bad;
    private int _good;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Response_ThatIsToBeRetried_IsAskedOfAnotherEndpointWithTheWholeBody()
    {
        await using var bad = await Http2Application.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            Interlocked.Increment(ref _bad);
            context.Response.StatusCode = 503;
            await context.Response.WriteAsync("bad");
        });
        await using var good = await Http2Application.StartAsync(EchoAsync);
        await using var chain = ResilientChain.StartTo(Retrying(ResilientChain.Retry(500, 599)), bad.Port, good.Port);
        using var client = Client(chain);
        var body = new byte[60_000];
        Random.Shared.NextBytes(body);
        // Often enough to use up the connection's window several times over.
        for (var i = 0; i < 40; i++)
        {
            using var response = await client.PostAsync("/", new ByteArrayContent(body), Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Token));
        }
        Assert.InRange(_bad, 1, 40);
        Assert.Equal(_bad, chain.Metric("outbound_http_route_retry_requests_total"));
        Assert.Equal(_bad, chain.Metric("outbound_http_route_retry_successes_total"));
    }

    [Fact]
    public async Task Request_RetriedSeveralTimes_HasItsWholeBodyEachTime()
    {
        await using var application = await Http2Application.StartAsync(async context =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            context.Response.StatusCode = Interlocked.Increment(ref _good) <= 3 ? 503 : 200;
            await context.Response.Body.WriteAsync(body.ToArray(), context.RequestAborted);
        });
        await using var chain = ResilientChain.StartTo(Retrying(ResilientChain.Retry(500, 599, limit: 3)), application.Port);
        using var client = Client(chain);
        var sent = new byte[40_000];
        Random.Shared.NextBytes(sent);
        using var response = await client.PostAsync("/", new ByteArrayContent(sent), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(4, _good);
    }

    [Fact]
    public async Task Request_WithALargeBody_IsNotRetried()
    {
        await using var application = await Http2Application.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            Interlocked.Increment(ref _bad);
            context.Response.StatusCode = 503;
        });
        await using var chain = ResilientChain.StartTo(Retrying(ResilientChain.Retry(500, 599)), application.Port);
        using var client = Client(chain);
        using var response = await client.PostAsync("/", new ByteArrayContent(new byte[70_000]), Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, _bad);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GrpcCall_ThatFails_IsAskedOfAnotherEndpoint(bool inHeaders)
    {
        await using var bad = await GrpcAsync("14", message: "", inHeaders);
        await using var good = await GrpcAsync("0", message: "good", inHeaders: false);
        await using var chain = ResilientChain.StartTo(Retrying(new RetryPolicy { Grpc = { 14 } }), bad.Port, good.Port);
        using var client = Client(chain);
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.SendAsync(Call(), Token);
            Assert.Equal("good", await response.Content.ReadAsStringAsync(Token));
            Assert.Equal("0", StatusOf(response));
        }
        Assert.InRange(chain.Metric("outbound_http_route_retry_successes_total"), 1, 20);
    }

    [Fact]
    public async Task GrpcCall_ThatFailsAfterAMessage_IsPassedOn()
    {
        await using var application = await GrpcAsync("14", message: "half", inHeaders: false);
        await using var chain = ResilientChain.StartTo(Retrying(new RetryPolicy { Grpc = { 14 }, Limit = 3 }), application.Port);
        using var client = Client(chain);
        using var response = await client.SendAsync(Call(), Token);
        Assert.Equal("half", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("14", StatusOf(response));
        Assert.Equal(1, _bad);
    }

    [Fact]
    public async Task GrpcCall_AfterTheLastRetry_IsPassedOnAsItIs()
    {
        await using var application = await GrpcAsync("14", message: "", inHeaders: false);
        await using var chain = ResilientChain.StartTo(Retrying(new RetryPolicy { Grpc = { 14 }, Limit = 2 }), application.Port);
        using var client = Client(chain);
        using var response = await client.SendAsync(Call(), Token);
        await response.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal("14", StatusOf(response));
        Assert.Equal(3, _bad);
        Assert.Equal(1, chain.Metric("outbound_http_route_retry_limit_exceeded_total"));
    }

    [Fact]
    public async Task Attempt_ThatTakesTooLong_IsGivenUpForAnotherEndpoint()
    {
        await using var silent = await Http2Application.StartAsync(WaitAsync);
        await using var good = await Http2Application.StartAsync(EchoAsync);
        await using var chain = ResilientChain.StartTo(
            Retrying(ResilientChain.Retry(500, 599, timeout: 100)), silent.Port, good.Port);
        using var client = Client(chain);
        for (var i = 0; i < 5; i++)
        {
            using var response = await client.PostAsync("/", new StringContent("hi"), Token);
            Assert.Equal("hi", await response.Content.ReadAsStringAsync(Token));
        }
    }

    [Theory]
    [InlineData("request")]
    [InlineData("response")]
    [InlineData("idle")]
    public async Task Request_BeyondALimit_Is504AndInGrpcDeadlineExceeded(string limit)
    {
        await using var silent = await Http2Application.StartAsync(WaitAsync);
        await using var chain = ResilientChain.StartTo(destination => destination.Settings = Limit(limit, 100), silent.Port);
        using var client = Client(chain);
        using var response = await client.PostAsync("/", new StringContent("hi"), Token);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.StartsWith("request timed out", response.Headers.GetValues("l5d-proxy-error").Single(), StringComparison.Ordinal);
        using var call = await client.SendAsync(Call(), Token);
        Assert.Equal(HttpStatusCode.OK, call.StatusCode);
        Assert.Equal("4", StatusOf(call));
    }

    [Fact]
    public async Task GrpcStream_BeyondALimit_EndsWithDeadlineExceeded()
    {
        await using var application = await Http2Application.StartAsync(StartAndWaitAsync);
        await using var chain = ResilientChain.StartTo(destination => destination.Settings = Limit("request", 200), application.Port);
        using var client = Client(chain);
        using var response = await client.SendAsync(Call(), Token);
        Assert.Equal("begun", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("4", StatusOf(response));
    }

    [Fact]
    public async Task Response_BeyondALimitInItsMiddle_IsCutOff()
    {
        await using var application = await Http2Application.StartAsync(StartAndWaitAsync);
        await using var chain = ResilientChain.StartTo(destination => destination.Settings = Limit("idle", 200), application.Port);
        using var client = Client(chain);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Token);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Endpoint_WhoseGrpcCallsFail_IsLeftOut()
    {
        await using var application = await GrpcAsync("13", message: "", inHeaders: false);
        var accrual = new FailureAccrual { MaxFailures = 3, MinPenaltyMs = 60_000, MaxPenaltyMs = 60_000 };
        await using var chain = ResilientChain.StartTo(destination => destination.FailureAccrual = accrual, application.Port);
        using var client = Client(chain);
        for (var i = 0; i < 5; i++)
        {
            using var response = await client.SendAsync(Call(), Token);
            await response.Content.ReadAsByteArrayAsync(Token);
            Assert.Equal(i < 3 ? "13" : "14", StatusOf(response));
            if (i >= 3)
            {
                var message = response.Headers.GetValues("grpc-message").Single();
                Assert.Contains("is out after consecutive failures", message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(3, _bad);
    }

    [Fact]
    public async Task Endpoint_ThatGoesAway_FinishesItsRequestsAndGetsNoMore()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var leaving = await Http2Application.StartAsync(async context =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync("leaving");
        });
        await using var staying = await Http2Application.StartAsync(context => context.Response.WriteAsync("staying"));
        await using var chain = ResilientChain.StartTo(_ => { }, leaving.Port);
        using var client = Client(chain);
        var slow = client.GetStringAsync("/", Token);
        await arrived.Task.WaitAsync(Token);
        chain.Client.Apply(TestChain.Endpoints(ResilientChain.At(staying.Port)));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("staying", await client.GetStringAsync("/", Token));
        }
        Assert.False(slow.IsCompleted);
        release.SetResult();
        Assert.Equal("leaving", await slow);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        await context.Response.Body.WriteAsync(body.ToArray(), context.RequestAborted);
    }

    private static async Task WaitAsync(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
    }

    private static async Task StartAndWaitAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        await context.Response.WriteAsync("begun", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await WaitAsync(context);
    }

    private Task<Http2Application> GrpcAsync(string status, string message, bool inHeaders) => Http2Application.StartAsync(async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        Interlocked.Increment(ref _bad);
        context.Response.ContentType = "application/grpc";
        if (inHeaders)
        {
            context.Response.Headers["grpc-status"] = status;
            return;
        }
        // The headers leave by themselves, before it is known how the call went.
        await context.Response.StartAsync(context.RequestAborted);
        if (message.Length > 0)
        {
            await context.Response.WriteAsync(message, context.RequestAborted);
        }
        context.Response.AppendTrailer("grpc-status", status);
    });

    private static Action<Destination> Retrying(RetryPolicy retry) =>
        destination => destination.Settings = new TrafficSettings { Retry = retry };

    private static TrafficSettings Limit(string which, uint milliseconds) => which switch
    {
        "request" => new TrafficSettings { RequestTimeoutMs = milliseconds },
        "response" => new TrafficSettings { ResponseTimeoutMs = milliseconds },
        _ => new TrafficSettings { IdleTimeoutMs = milliseconds },
    };

    private static HttpRequestMessage Call()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/service/method")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([1, 2, 3]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        return request;
    }

    private static string StatusOf(HttpResponseMessage response) =>
        (response.TrailingHeaders.TryGetValues("grpc-status", out var trailers) ? trailers : response.Headers.GetValues("grpc-status"))
            .Single();

    private static HttpClient Client(ResilientChain chain) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) => await TestChain.ConnectAsync(chain.Client.OutboundPort, cancellationToken),
    })
    {
        BaseAddress = new Uri("http://bb-target:8080"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TimeSpan.FromSeconds(30),
    };
}
