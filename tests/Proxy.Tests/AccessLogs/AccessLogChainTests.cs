using System.Text;
using System.Text.Json;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tests.Http2;
using Mesh.Testing;
using Format = Mesh.Interfaces.NodeSession.AccessLog;

namespace Mesh.Proxy.Tests.AccessLogs;

[Collection(nameof(EngineTests))]
public sealed class AccessLogChainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_LoggedAsJson_HasLinkerdsMembers()
    {
        await using var backend = Backend.Echo();
        await using var logged = LoggedChain.Start(backend.Port, Format.Json);
        await logged.Chain.ExchangeAsync(
            "POST /a?b=c HTTP/1.1\r\nHost: bb-target:8080\r\nUser-Agent: curl/8\r\nX-B3-TraceId: abc\r\nContent-Length: 5\r\n\r\nhello", Token);
        var line = JsonDocument.Parse((await logged.LinesAsync(1, Token)).Single()).RootElement;
        string Text(string name) => line.GetProperty(name).GetString()!;
        Assert.StartsWith("127.0.0.1:", Text("client.addr"), StringComparison.Ordinal);
        Assert.Equal(TestChain.ClientIdentity, Text("client.id"));
        Assert.Equal(("POST", "/a?b=c", "HTTP/1.1"), (Text("method"), Text("uri"), Text("version")));
        Assert.Equal(("bb-target:8080", "curl/8", "abc"), (Text("host"), Text("user_agent"), Text("trace_id")));
        Assert.Equal("5", Text("request_bytes"));
        Assert.InRange(int.Parse(Text("response_bytes"), null), 50, 500);
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.InRange(long.Parse(Text("total_ns"), null), long.Parse(Text("processing_ns"), null), 10_000_000_000);
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(DateTimeOffset.Parse(Text("timestamp"), null), now.AddMinutes(-1), now);
        Assert.Equal("mc-demo/bb-0", Text("pod"));
    }

    [Fact]
    public async Task Request_LoggedForApache_IsInCommonLogFormat()
    {
        await using var backend = Backend.Echo();
        await using var logged = LoggedChain.Start(backend.Port, Format.Apache);
        var (_, body) = await logged.Chain.ExchangeAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        var line = (await logged.LinesAsync(1, Token)).Single();
        Assert.Matches(
            $@"^127\.0\.0\.1:\d+ {TestChain.ClientIdentity} - \[\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{9}}Z\] "
                + $@"""GET /a HTTP/1\.1"" 200 {body.Length} mc-demo/bb-0$",
            line);
    }

    [Fact]
    public async Task Request_OverHttp2_IsLoggedWithItsGrpcStatus()
    {
        await using var application = await Http2Application.StartAsync();
        await using var logged = LoggedChain.Start(application.Port, Format.Json);
        using var client = Http2Client(logged.Chain);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/grpc")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("payload"),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("x-status", "14");
        request.Headers.TE.ParseAdd("trailers");
        using var response = await client.SendAsync(request, Token);
        var line = JsonDocument.Parse((await logged.LinesAsync(1, Token)).Single()).RootElement;
        Assert.Equal(14, line.GetProperty("grpc_status").GetInt32());
        Assert.Equal("HTTP/2.0", line.GetProperty("version").GetString());
        Assert.Equal($"http://127.0.0.1:{logged.Chain.Client.OutboundPort}/grpc", line.GetProperty("uri").GetString());
        Assert.Equal(("7", "7"), (line.GetProperty("request_bytes").GetString(), line.GetProperty("response_bytes").GetString()));
    }

    [Fact]
    public async Task Request_Denied_IsLoggedWithItsStatus()
    {
        await using var application = await Http2Application.StartAsync();
        await using var logged = LoggedChain.Start(application.Port, Format.Apache, TestChain.Allow(TestChain.MeshTls("nobody")));
        await logged.Chain.ExchangeAsync("GET /one HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        using var client = Http2Client(logged.Chain);
        using var response = await client.GetAsync("/two", Token);
        var lines = await logged.LinesAsync(2, Token);
        Assert.Contains("\"GET /one HTTP/1.1\" 403 0 ", lines[0], StringComparison.Ordinal);
        Assert.Contains("/two HTTP/2.0\" 403 0 ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_BrokenOff_IsLoggedWithWhatHasPassed()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray(), stop);
        });
        await using var logged = LoggedChain.Start(backend.Port, Format.Apache);
        await using var client = await logged.Chain.ConnectAsync(Token);
        await client.WriteAsync("GET /half HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        Assert.Contains("\"GET /half HTTP/1.1\" 200 4 ", (await logged.LinesAsync(1, Token)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_GoneBeforeTheAnswer_IsLoggedWithoutStatus()
    {
        await using var application = await Http2Application.StartAsync();
        await using var logged = LoggedChain.Start(application.Port, Format.Apache);
        using var client = Http2Client(logged.Chain);
        using var patience = new CancellationTokenSource();
        var asked = client.GetAsync("/wait", patience.Token);
        await Eventually.Holds(() => application.Waiting == 1, TimeSpan.FromSeconds(10), () => "the request has not arrived", Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Contains("/wait HTTP/2.0\" - 0 ", (await logged.LinesAsync(1, Token)).Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Format.Json)]
    [InlineData(Format.Apache)]
    public async Task Values_ThatLookLikeTheLogItself_StayValues(Format format)
    {
        await using var backend = Backend.Echo();
        await using var logged = LoggedChain.Start(backend.Port, format);
        const string Evil = "x\",\"status\":500,\"y\":\"\\\u00e9\t\" 500";
        await logged.Chain.ExchangeAsync(
            $"GET /\"}}\\ HTTP/1.1\r\nHost: x\r\nUser-Agent: {Evil}\r\nTraceparent: 00-{new string('"', 32)}-b7ad6b7169203331-01\r\n\r\n", Token);
        var line = (await logged.LinesAsync(1, Token)).Single();
        Assert.All(line, character => Assert.InRange(character, ' ', '~'));
        if (format == Format.Json)
        {
            var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false }).RootElement;
            Assert.Equal(200, json.GetProperty("status").GetInt32());
            Assert.Equal(Evil, json.GetProperty("user_agent").GetString());
            Assert.Equal("/\"}\\", json.GetProperty("uri").GetString());
        }
        else
        {
            Assert.Contains("\"GET /\\\"}\\\\ HTTP/1.1\" 200 ", line, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Format.Off, 0)]
    [InlineData(Format.Json, 3)]
    public async Task Requests_AreLoggedOnlyWhereThePodAsks(Format format, int lines)
    {
        await using var backend = Backend.Echo();
        await using var logged = LoggedChain.Start(backend.Port, format);
        for (var i = 0; i < 3; i++)
        {
            await logged.Chain.ExchangeAsync($"GET /{i} HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        }
        // Ends the log: what is not there now never will be.
        await logged.Chain.Server.Engine.StopAsync(Token);
        Assert.Equal(lines, (await logged.LinesAsync(lines, Token)).Length);
    }

    [Fact]
    public async Task Requests_Logged_AllocateNothingOnTheLoop()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var buffer = new byte[4096];
            while (await stream.ReadAsync(buffer, stop) > 0)
            {
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
            }
        });
        await using var logged = LoggedChain.Start(backend.Port, Format.Json);
        await using var client = await logged.Chain.ConnectAsync(Token);
        var received = new byte["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".Length];
        async Task RunAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
                await client.ReadExactlyAsync(received, Token);
            }
        }
        await RunAsync(500);
        var server = logged.Chain.Server;
        var before = await server.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
        await RunAsync(2000);
        var after = await server.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
        Assert.InRange(after - before, 0, 1500);
    }

    private static HttpClient Http2Client(TestChain chain) => new()
    {
        Timeout = TimeSpan.FromSeconds(20),
        BaseAddress = new Uri($"http://127.0.0.1:{chain.Client.OutboundPort}"),
        DefaultRequestVersion = new Version(2, 0),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
