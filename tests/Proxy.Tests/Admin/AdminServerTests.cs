using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Admin;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Admin;

public sealed class AdminServerTests : IAsyncLifetime
{
    private const int HeadBytes = 512;
    private const int Connections = 4;
    private static readonly byte[] Large = [.. Enumerable.Repeat((byte)'x', 4 * 1024 * 1024)];
    private readonly ManualTimeProvider _time = new();
    private AdminServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = Create(0);
        await _server.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        _server.Dispose();
    }

    [Fact]
    public async Task Get_Page_IsAnsweredToAnHttpClient()
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://{_server.EndPoint}") };

        using var live = await client.GetAsync("/live?verbose", Cancel);
        using var unready = await client.GetAsync("/ready", Cancel);
        using var large = await client.GetAsync("/large", Cancel);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/live"), Cancel);

        Assert.Equal((HttpStatusCode.OK, "ok\n"), (live.StatusCode, await live.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal("text/plain; charset=utf-8", live.Content.Headers.ContentType!.ToString());
        Assert.Equal(_time.GetUtcNow(), live.Headers.Date);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no\n"), (unready.StatusCode, await unready.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal(Large, await large.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal((HttpStatusCode.OK, 3L), (head.StatusCode, head.Content.Headers.ContentLength));
    }

    [Theory]
    [InlineData("GET /live HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "ok\n")]
    [InlineData("GET /live HTTP/1.0\r\n\r\n", "200 OK", "ok\n")]
    [InlineData("GET http://node:9990/live?a=/b HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "ok\n")]
    [InlineData("HEAD /live HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "")]
    [InlineData("GET /live/ HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "There is /live, /ready and /metrics.\n")]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "There is /live, /ready and /metrics.\n")]
    [InlineData("POST /live HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "405 Method Not Allowed", "Only GET and HEAD.\n")]
    [InlineData("GET /live HTTP/1.1\r\n\r\n", "400 Bad Request", "This is no request in HTTP/1.1 (BadHost).\n")]
    [InlineData("GET /live HTTP/1.1\nHost: a\n\n", "400 Bad Request", "This is no request in HTTP/1.1 (BareLineFeed).\n")]
    [InlineData("GET /live HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400 Bad Request",
        "This is no request in HTTP/1.1 (AmbiguousLength).\n")]
    [InlineData("\r\n\r\n", "400 Bad Request", "This is no request in HTTP/1.1 (BadStartLine).\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported", "HTTP/1.0 or HTTP/1.1 is spoken here, without TLS.\n")]
    public async Task Request_HoweverItIsSplit_GetsOneAnswerAndTheEnd(string request, string status, string body)
    {
        for (var split = 0; split < request.Length; split++)
        {
            using var socket = await ConnectAsync();
            if (split > 0)
            {
                await socket.SendAsync(Encoding.Latin1.GetBytes(request[..split]), Cancel);
            }
            await SendRestAsync(socket, request[split..]);

            var answer = await ReadToEndAsync(socket);

            Assert.StartsWith($"HTTP/1.1 {status}\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
            Assert.Equal(status.StartsWith("405", StringComparison.Ordinal), answer.Contains("\r\nAllow: GET, HEAD\r\n", StringComparison.Ordinal));
            Assert.EndsWith($"\r\n\r\n{body}", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_LongerThanTheLimit_IsRefused()
    {
        using var socket = await ConnectAsync();

        await socket.SendAsync(Encoding.Latin1.GetBytes($"GET /live HTTP/1.1\r\nHost: a\r\nX: {new string('x', 100_000)}"), Cancel);

        Assert.StartsWith("HTTP/1.1 431 ", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_Random_GetsAnAnswerOrTheEnd()
    {
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 600)];
            random.NextBytes(bytes);
            using var socket = await ConnectAsync();
            await SendRestAsync(socket, Encoding.Latin1.GetString(bytes));
            socket.Shutdown(SocketShutdown.Send);

            var answer = await ReadToEndAsync(socket);

            Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
        }
        using var last = await ConnectAsync();
        await SendRestAsync(last, "GET /live HTTP/1.0\r\n\r\n");
        Assert.EndsWith("ok\n", await ReadToEndAsync(last), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_MoreThanTheLimit_TheOldestIsClosed()
    {
        var idle = new List<Socket>();
        for (var i = 0; i < Connections; i++)
        {
            idle.Add(await ConnectAsync());
        }

        using var probe = await ConnectAsync();
        await SendRestAsync(probe, "GET /live HTTP/1.0\r\n\r\n");

        Assert.EndsWith("ok\n", await ReadToEndAsync(probe), StringComparison.Ordinal);
        Assert.Empty(await ReadToEndAsync(idle[0]));
        await SendRestAsync(idle[^1], "GET /live HTTP/1.0\r\n\r\n");
        Assert.EndsWith("ok\n", await ReadToEndAsync(idle[^1]), StringComparison.Ordinal);
        idle.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Client_ThatSendsNothingOrReadsNothing_IsClosedWhenTimeIsUp()
    {
        using var silent = await ConnectAsync();
        using var deaf = await ConnectAsync();
        await SendRestAsync(deaf, "GET /large HTTP/1.0\r\n\r\n");
        await Eventually.Holds(() => deaf.Available > 0, TimeSpan.FromSeconds(20), () => "no answer", Cancel);
        // The server has accepted what came before.
        using var later = await ConnectAsync();
        await SendRestAsync(later, "GET /live HTTP/1.0\r\n\r\n");
        await ReadToEndAsync(later);

        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Empty(await ReadToEndAsync(silent));
        await Eventually.Holds(() => deaf.Poll(0, SelectMode.SelectRead), TimeSpan.FromSeconds(20), () => "open", Cancel);
        Assert.NotEqual(Large.Length, await CountAsync(deaf));
    }

    [Fact]
    public async Task Page_ThatFails_ClosesTheConnectionAndNotTheServer()
    {
        using var failing = await ConnectAsync();
        await SendRestAsync(failing, "GET /bug HTTP/1.0\r\n\r\n");
        Assert.Empty(await ReadToEndAsync(failing));

        using var socket = await ConnectAsync();
        await SendRestAsync(socket, "GET /live HTTP/1.0\r\n\r\n");
        Assert.EndsWith("ok\n", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithIdleConnections_FreesThePortForAnother()
    {
        using var idle = await ConnectAsync();
        using var socket = await ConnectAsync();
        await SendRestAsync(socket, "GET /live HTTP/1.0\r\n\r\n");
        await ReadToEndAsync(socket);
        using var second = Create(_server.EndPoint!.Port);
        await Assert.ThrowsAsync<IOException>(() => second.StartAsync(Cancel));

        await _server.StopAsync(Cancel);
        await second.StartAsync(Cancel);

        Assert.Empty(await ReadToEndAsync(idle));
        await second.StopAsync(Cancel);
    }

    private static Task SendRestAsync(Socket socket, string text) => socket.SendAsync(Encoding.Latin1.GetBytes(text), Cancel).AsTask();

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer, Cancel) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            // As good as an end.
        }
        return text.ToString();
    }

    private static async Task<int> CountAsync(Socket socket) => (await ReadToEndAsync(socket)).Length;

    private AdminServer Create(int port) => new(
        IPAddress.Loopback, port,
        path => path switch
        {
            "/live" => AdminAnswer.Text(200, "ok\n"),
            "/ready" => AdminAnswer.Text(503, "no\n"),
            "/large" => new AdminAnswer(200, AdminAnswer.PlainText, Large),
            "/bug" => throw new InvalidOperationException("a bug"),
            _ => null,
        },
        new AdminLimits { Connections = Connections, HeadBytes = HeadBytes }, _time, NullLogger<AdminServer>.Instance);

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_server.EndPoint!, Cancel);
        return socket;
    }
}
