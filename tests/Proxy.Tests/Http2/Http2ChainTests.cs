using System.Net;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Testing;
using Xunit;

namespace Mesh.Proxy.Tests.Http2;

/// <summary>.NET's HTTP/2 client → its pod's proxy → mutual TLS → the server pod's proxy → Kestrel.</summary>
public sealed class Http2ChainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_PassesWithTheClientsIdentity()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        using var response = await client.GetAsync("/hello", Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(new Version(2, 0), response.Version);
        Assert.Equal("GET /hello", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(TestChain.ClientIdentity, response.Headers.GetValues("x-client").Single());
        var series = Assert.Single(chain.Server.Engine.CollectTraffic().Series, series => series.Success > 0);
        Assert.Equal(1UL, series.Success);
        Assert.Equal("bb-authz", series.AuthorizationName);
    }

    [Fact]
    public async Task Header_ThatOnlyAProxyMaySet_DoesNotReachTheApplication()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        using var request = Request(HttpMethod.Get, "/hello");
        request.Headers.Add("l5d-client-id", "somebody-else");
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(TestChain.ClientIdentity, response.Headers.GetValues("x-client").Single());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16_384)]
    [InlineData(65_536)]
    [InlineData(5_000_000)]
    public async Task Body_OfAnySize_ComesBackWhole(int size)
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        var body = new byte[size];
        Random.Shared.NextBytes(body);
        using var response = await client.PostAsync("/store", new ByteArrayContent(body), Token);
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Requests_ManyAtOnce_ShareOneConnection()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        var answers = await Task.WhenAll(Enumerable.Range(0, 90).Select(async i =>
        {
            using var response = await client.PostAsync("/echo", new StringContent($"body {i}"), Token);
            Assert.Equal($"body {i}", await response.Content.ReadAsStringAsync(Token));
            return response.Headers.GetValues("x-connection").Single();
        }));
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Application_ThatEndsItsConnectionNowAndThen_LosesNoRequest()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        var connections = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            using var response = await client.PostAsync(i % 20 == 0 ? "/goodbye" : "/store", new StringContent($"{i}"), Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(i % 20 == 0 ? "bye" : $"{i}", await response.Content.ReadAsStringAsync(Token));
            return response.Headers.GetValues("x-connection").Single();
        }));
        Assert.InRange(connections.Distinct().Count(), 2, 300);
    }

    [Fact]
    public async Task Request_Denied_Gets403WithTheReason()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port, TestChain.Allow(TestChain.MeshTls("other")));
        using var client = Client(chain);
        using var response = await client.GetAsync("/hello", Token);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("unauthorized request on route", response.Headers.GetValues("l5d-proxy-error").Single());
        Assert.Equal(1UL, chain.Server.Engine.CollectTraffic().Series.Single(series => series.Denied > 0).Denied);
    }

    [Fact]
    public async Task GrpcRequest_Denied_GetsStatus7InGrpcsWay()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port, TestChain.Allow(TestChain.MeshTls("other")));
        using var client = Client(chain);
        using var response = await client.SendAsync(Grpc("0"), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("7", response.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task GrpcStatus_InTrailers_PassesAndCounts()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        using var response = await client.SendAsync(Grpc("14"), Token);
        Assert.Equal("payload", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("14", response.TrailingHeaders.GetValues("grpc-status").Single());
        var series = chain.Client.Engine.CollectTraffic().Series.Single(series => series.Success + series.Failure > 0);
        Assert.Equal((0UL, 1UL), (series.Success, series.Failure));
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        chain.Server.Engine.WritePrometheus(written);
        Assert.Contains("grpc_status=\"14\"", System.Text.Encoding.UTF8.GetString(written.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestTrailers_ReachTheApplication()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        await client.SendHeadersAsync(1, end: false, Token, (":method", "POST"), (":scheme", "http"), (":path", "/trailers"), (":authority", "bb"));
        await client.SendDataAsync(1, "abc", end: false, Token);
        await client.SendHeadersAsync(1, end: true, Token, ("x-sum", "42"));
        Assert.Equal("42", (await client.ReadResponseAsync(1, Token)).Body);
    }

    [Fact]
    public async Task Headers_Of30KilobytesEach_Pass()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        var value = new string('v', 30_000);
        using var request = Request(HttpMethod.Get, "/headers");
        request.Headers.Add("x-large", value);
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(value, response.Headers.GetValues("x-large").Single());
    }

    [Fact]
    public async Task Request_WithHeadersOver64Kilobytes_Gets431()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        (string, string)[] large = [.. Enumerable.Range(0, 5).Select(i => ($"x-large-{i}", new string('v', 13_500)))];
        await client.SendHeadersAsync(
            1, end: true, Token, [(":method", "GET"), (":scheme", "http"), (":path", "/headers"), (":authority", "bb"), .. large]);
        Assert.Equal("431", (await client.ReadResponseAsync(1, Token)).Status);
        // The connection goes on, and its header tables are in step.
        await client.SendHeadersAsync(3, end: true, Token, (":method", "GET"), (":scheme", "http"), (":path", "/hi"), (":authority", "bb"));
        Assert.Equal("GET /hi", (await client.ReadResponseAsync(3, Token)).Body);
    }

    [Fact]
    public async Task Streams_BothWaysAtOnce_PassEachMessageAsItComes()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        await client.SendHeadersAsync(1, end: false, Token, (":method", "POST"), (":scheme", "http"), (":path", "/echo"), (":authority", "bb"));
        for (var i = 0; i < 10; i++)
        {
            await client.SendDataAsync(1, $"message {i}", end: false, Token);
            Assert.Equal($"message {i}", await client.ReadDataAsync(1, 9, Token));
        }
        await client.SendDataAsync(1, "", end: true, Token);
        Assert.Equal("", (await client.ReadResponseAsync(1, Token)).Body);
    }

    [Fact]
    public async Task Request_CancelledByTheClient_IsCancelledAtTheApplication()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        using var client = Client(chain);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var waiting = client.GetAsync("/wait", cancel.Token);
        await Eventually.Holds(
            () => chain.Server.Loop.Metrics.Snapshot().Any(series => series.Counts.Requests == 1), TimeSpan.FromSeconds(5), () => "not there", Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Eventually.Holds(() => application.Cancelled == 1, TimeSpan.FromSeconds(5), () => "not cancelled", Token);
    }

    [Fact]
    public async Task Reader_ThatDoesNotRead_HoldsBackTheApplicationAtItsWindow()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        await client.SendHeadersAsync(1, end: true, Token, (":method", "GET"), (":scheme", "http"), (":path", "/big"), (":authority", "bb"));
        // The client's window is the protocol's default, and it never opens it: 64 MB wait for it.
        await client.ReadDataAsync(1, 65_535, Token);
        var held = await chain.Client.OnLoopAsync(() => chain.Client.Loop.Loop.Buffers.Rented)
            + await chain.Server.OnLoopAsync(() => chain.Server.Loop.Loop.Buffers.Rented);
        Assert.InRange(held, 0, 3 * chain.Client.Loop.Options.Http2.StreamWindow / (16 * 1024));
    }

    [Fact]
    public async Task Settings_ThatWidenAStreamsWindowBeyondItsLimit_EndTheConnection()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        await client.SendHeadersAsync(1, end: false, Token, (":method", "POST"), (":scheme", "http"), (":path", "/echo"), (":authority", "bb"));
        var frames = new byte[FrameWriter.WindowUpdateSize + FrameWriter.SettingsSize(1)];
        var length = FrameWriter.WindowUpdate(frames, 1, 1);
        FrameWriter.Settings(frames.AsSpan(length), new Setting(SettingId.InitialWindowSize, int.MaxValue));
        await client.SendAsync(frames, Token);
        Assert.Equal(Http2Error.FlowControlError, await client.ReadGoAwayAsync(Token));
    }

    [Fact]
    public async Task Endpoint_Gone_AnswersWithTheReason()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        chain.Client.Apply(TestChain.Endpoints());
        using var client = Client(chain);
        using var response = await client.GetAsync("/hello", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("no endpoints of bb-target.mc-demo", response.Headers.GetValues("l5d-proxy-error").Single());
        using var grpc = await client.SendAsync(Grpc("0"), Token);
        Assert.Equal("14", grpc.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task ApplicationGone_AnswersThatItDoesNotAcceptConnections()
    {
        int port;
        await using (var application = await Http2Application.StartAsync())
        {
            port = application.Port;
        }
        await using var chain = TestChain.StartTo(port);
        using var client = Client(chain);
        using var response = await client.GetAsync("/hello", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("does not accept connections", response.Headers.GetValues("l5d-proxy-error").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engine_Stopping_LetsStreamsFinish()
    {
        await using var application = await Http2Application.StartAsync();
        await using var chain = TestChain.StartTo(application.Port);
        await using var client = await RawHttp2Client.ConnectAsync(chain.Client.OutboundPort, Token);
        await client.SendHeadersAsync(1, end: false, Token, (":method", "POST"), (":scheme", "http"), (":path", "/echo"), (":authority", "bb"));
        await client.SendDataAsync(1, "a", end: false, Token);
        Assert.Equal("a", await client.ReadDataAsync(1, 1, Token));
        var stopping = chain.Client.Engine.StopAsync(Token);
        await client.ReadGoAwayAsync(Token);
        await client.SendDataAsync(1, "b", end: true, Token);
        Assert.Equal("b", (await client.ReadResponseAsync(1, Token)).Body);
        await Eventually.Holds(() => stopping.IsCompleted, TimeSpan.FromSeconds(4), () => $"{chain.Client.Loop.Metrics.Connections} connections", Token);
    }

    private static HttpClient Client(TestChain chain) => new()
    {
        Timeout = TimeSpan.FromSeconds(20),
        BaseAddress = new Uri($"http://127.0.0.1:{chain.Client.OutboundPort}"),
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static HttpRequestMessage Request(HttpMethod method, string path) => new(method, path)
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static HttpRequestMessage Grpc(string status)
    {
        var request = Request(HttpMethod.Post, "/grpc");
        request.Content = new StringContent("payload");
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("x-status", status);
        request.Headers.TE.ParseAdd("trailers");
        return request;
    }
}
