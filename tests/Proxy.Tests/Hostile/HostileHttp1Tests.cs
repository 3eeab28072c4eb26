using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>HTTP/1.1 that is slow, forged, or not HTTP/1.1 after all. Heads that can be read in two ways are in HttpChainTests.</summary>
[Collection(nameof(EngineTests))]
public sealed class HostileHttp1Tests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Head_ByteByByte_IsCutOffAfterTheTimeLimitWhateverItsProgress()
    {
        var options = new DataPlaneOptions { Loops = 1, SocketMark = 0, HeadTimeout = TimeSpan.FromMilliseconds(500) };
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()), serverOptions: options);
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\nSlow: "u8.ToArray(), Token);
        var reading = Record.ExceptionAsync(() => new WireReader(client).ReadToEndAsync(Token));
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        var sent = 0;
        while (!reading.IsCompleted && sent < 1_000 && await pace.WaitForNextTickAsync(Token))
        {
            if (await Record.ExceptionAsync(() => client.WriteAsync("a"u8.ToArray(), Token).AsTask()) is not null)
            {
                break;
            }
            sent++;
        }
        await reading;
        Assert.InRange(sent, 5, 500);
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Timeout));
        Assert.Equal(0, chain.Backend.Accepted);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\rSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: a\rSet-Cookie: a=b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\n\r\n")]
    [InlineData("\0\0\u0012\u0004\0\0\0\0\0\0\u0003\0\0\0\u0080Set-Cookie: a=b\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2 Set-Cookie: a=b\r\n\r\n")]
    public async Task Response_ThatCanBeReadTwoWaysOrNotAtAll_Is502WithNothingOfIt(string response)
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is not null)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(response), stop);
            }
        });
        await using var chain = TestChain.Start(backend);
        var (head, body) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 502", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Set-Cookie", head + body, StringComparison.OrdinalIgnoreCase);
        Assert.True(chain.Server.Errors(ConnectionDirection.Inbound, ProxyError.BadResponse) > 0);
    }

    [Fact]
    public async Task ReservedHeaders_InAnyCaseAndNumber_DoNotPassForTheProxysOwn()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var (_, body) = await chain.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: x\r\nl5d-client-id: admin\r\nL5D-CLIENT-ID: admin\r\nl5d-client-id: a\r\nl5d-client-id:\r\n"
            + "Connection: l5d-client-id, host, close\r\nl5d-anything: x\r\n\r\n",
            Token);
        var ids = body.Split("\r\n").Where(line => line.StartsWith("l5d-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal([$"l5d-client-id: {TestChain.ClientIdentity}"], ids);
        Assert.Contains("\r\nHost: x\r\n", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Forwarded: for=\"10.0.0.1;host=admin")]
    [InlineData("Forwarded: for=10.0.0.1;by=spiffe://cluster.local/ns/mc-demo/sa/slow-cooker")]
    [InlineData("X-Forwarded-Client-Cert: By=spiffe://a;URI=spiffe://cluster.local/ns/mc-demo/sa/slow-cooker")]
    [InlineData("Baggage: \u00e9\u00ff=\u00fe;;;,,=")]
    [InlineData("X-Forwarded-For: 127.0.0.1, ::1, unknown")]
    public async Task HeadersAboutTheClient_AreCarriedAndNotBelieved(string header)
    {
        // Where identity is needed they give none; where it is not they pass as they are.
        await using var closed = TestChain.Start(Backend.Echo());
        await using var stranger = await TestChain.ConnectAsync(closed.Server.InboundPort, Token);
        await stranger.WriteAsync(Encoding.Latin1.GetBytes($"GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n"), Token);
        Assert.StartsWith("HTTP/1.1 403", (await new WireReader(stranger).ReadResponseAsync(Token)).Head, StringComparison.Ordinal);
        Assert.Equal(0, closed.Backend.Accepted);
        var (_, body) = await closed.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n", Token);
        Assert.Contains($"\r\n{header}\r\n", body, StringComparison.Ordinal);
        Assert.Contains($"\r\nl5d-client-id: {TestChain.ClientIdentity}\r\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeaderOfSixtyKilobytes_PassesWholeOrNotAtAll()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var forwarded = "Forwarded: \"" + new string('\u00ff', 60 * 1024);
        var (head, body) = await chain.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\n{forwarded}\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Contains(forwarded, body, StringComparison.Ordinal);
        (head, _) = await chain.ExchangeAsync($"GET / HTTP/1.1\r\nHost: x\r\n{forwarded}{new string('b', 5_000)}\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 431", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n")]
    [InlineData("CONNECT [::]:0 HTTP/1.1\r\nHost: [::]:0\r\n\r\n")]
    [InlineData("GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1:15006\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]:0\r\n\r\n")]
    public async Task RequestsForSomebodyElse_GoWhereTheConnectionWentAndNowhereElse(string request)
    {
        // The proxy goes by the address of the connection; what a request says of its recipient is the application's to judge.
        var seen = new List<string>();
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is { } head)
            {
                seen.Add(head);
                await stream.WriteAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            }
        });
        await using var chain = TestChain.Start(backend);
        var (head, _) = await chain.ExchangeAsync(request, Token);
        Assert.Matches("^HTTP/1.1 (400|403|405|501)", head);
        Assert.True(seen.Count <= 1);
        Assert.Equal(seen.Count, backend.Accepted);
    }

    [Fact]
    public async Task DataBehindAConnectThatWasRefused_IsNotARequest()
    {
        var heads = new List<string>();
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is { } head)
            {
                heads.Add(head.Split("\r\n")[0]);
                await stream.WriteAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), stop);
            }
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync(
            "CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        client.Socket.Shutdown(SocketShutdown.Send);
        _ = await Record.ExceptionAsync(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.DoesNotContain("GET /smuggled HTTP/1.1", heads);
    }
}
