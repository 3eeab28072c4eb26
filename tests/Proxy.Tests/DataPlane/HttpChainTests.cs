using System.Net.Sockets;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.DataPlane;

[Collection(nameof(EngineTests))]
public sealed class HttpChainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_DeniedBeforeItsBodyHasCome_TheNextOneOnTheConnectionIsAnswered()
    {
        await using var chain = TestChain.Start(
            Backend.Echo(), TestChain.Allow(TestChain.MeshTls("nobody.mc-demo.serviceaccount.identity.linkerd.cluster.local")));
        await using var stream = await chain.ConnectAsync(Token);
        var reader = new WireReader(stream);
        for (var i = 0; i < 3; i++)
        {
            await stream.WriteAsync("POST / HTTP/1.1\r\nHost: bb\r\nContent-Length: 10\r\n\r\n01234"u8.ToArray(), Token);

            var (head, _) = await reader.ReadResponseAsync(Token);

            Assert.StartsWith("HTTP/1.1 403 ", head, StringComparison.Ordinal);
            await stream.WriteAsync("56789"u8.ToArray(), Token);
        }
    }

    [Fact]
    public async Task Request_OverTheChain_ArrivesWithTheClientsIdentity()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var (head, body) = await chain.ExchangeAsync(
            "GET /hello HTTP/1.1\r\nHost: bb-target:8080\r\nl5d-client-id: forged\r\nX-A: b\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200 OK", head, StringComparison.Ordinal);
        Assert.Equal(
            $"GET /hello HTTP/1.1\r\nHost: bb-target:8080\r\nX-A: b\r\nl5d-client-id: {TestChain.ClientIdentity}\r\n\r\n", body);
    }

    [Fact]
    public async Task Request_NotAuthorized_Is403AndTheConnectionStays()
    {
        await using var chain = TestChain.Start(
            Backend.Echo(), TestChain.Allow(TestChain.MeshTls("nobody.x.serviceaccount.identity.linkerd.cluster.local")));
        await using var stream = await chain.ConnectAsync(Token);
        var reader = new WireReader(stream);
        for (var i = 0; i < 3; i++)
        {
            await stream.WriteAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray(), Token);
            var (head, _) = await reader.ReadResponseAsync(Token);
            Assert.StartsWith("HTTP/1.1 403", head, StringComparison.Ordinal);
            Assert.Contains("l5d-proxy-error: unauthorized request on route", head, StringComparison.Ordinal);
        }
        Assert.Equal(0, chain.Backend.Accepted);
        var report = chain.Server.Engine.CollectTraffic();
        var series = Assert.Single(report.Series, series => series.Denied > 0);
        Assert.Equal(3UL, series.Denied);
        Assert.Equal("", series.AuthorizationName);
        Assert.Equal(TestChain.ClientIdentity, series.PeerIdentity);
    }

    [Fact]
    public async Task Requests_Pipelined_AreAnsweredInOrderOverOneUpstreamConnection()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var stream = await chain.ConnectAsync(Token);
        var text = new StringBuilder();
        for (var i = 0; i < 50; i++)
        {
            text.Append("GET /").Append(i).Append(" HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text.ToString()), Token);
        var reader = new WireReader(stream);
        for (var i = 0; i < 50; i++)
        {
            var (_, body) = await reader.ReadResponseAsync(Token);
            Assert.StartsWith($"GET /{i} ", body, StringComparison.Ordinal);
        }
        Assert.Equal(1, chain.Backend.Accepted);
    }

    [Fact]
    public async Task Connections_FromManyClients_ShareUpstreamConnections()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        for (var i = 0; i < 10; i++)
        {
            await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        }
        Assert.Equal(1, chain.Backend.Accepted);
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=b;c=\"d\"\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n")]
    public async Task Request_Chunked_PassesUnchangedWithItsTrailers(string chunks)
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            await reader.ReadHeadAsync(stop);
            var body = await reader.ReadTextAsync(chunks.Length, stop);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"), stop);
        });
        await using var chain = TestChain.Start(backend);
        var (_, echoed) = await chain.ExchangeAsync($"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}", Token);
        Assert.Equal(chunks, echoed);
    }

    [Fact]
    public async Task Request_ByteByByte_IsUnderstood()
    {
        await using var chain = TestChain.Start(Backend.Echo(), clientOptions: TestNode.Options());
        await using var stream = await chain.ConnectAsync(Token);
        foreach (var b in Encoding.ASCII.GetBytes("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"))
        {
            await stream.WriteAsync(new[] { b }, Token);
        }
        var (_, body) = await new WireReader(stream).ReadResponseAsync(Token);
        Assert.EndsWith("\r\n\r\nabc", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n0\r\nT: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", "")]
    public async Task Response_OfEachFraming_PassesAndTheConnectionGoesOn(string head, string body)
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is not null)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(head + body), stop);
            }
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        for (var i = 0; i < 3; i++)
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
            Assert.Equal(head, await wire.ReadHeadAsync(Token));
            Assert.Equal(body, await wire.ReadTextAsync(body.Length, Token));
        }
        Assert.Equal(1, backend.Accepted);
    }

    [Fact]
    public async Task Response_ToHead_HasNoBody()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is { } head)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(
                    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + (head.StartsWith("HEAD", StringComparison.Ordinal) ? "" : "body")), stop);
            }
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        Assert.Contains("Content-Length: 4", await wire.ReadHeadAsync(Token), StringComparison.Ordinal);
        Assert.Equal("body", (await wire.ReadResponseAsync(Token)).Body);
    }

    [Fact]
    public async Task Response_WithoutLength_EndsWithTheConnection()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\nuntil the end"u8.ToArray(), stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var all = await new WireReader(client).ReadToEndAsync(Token);
        Assert.Equal("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", all);
    }

    [Fact]
    public async Task Request_ExpectingContinue_GetsTheInterimResponseFirst()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            await reader.ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stop);
            var body = await reader.ReadTextAsync(3, stop);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{body}"), stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"u8.ToArray(), Token);
        Assert.StartsWith("HTTP/1.1 100", await wire.ReadHeadAsync(Token), StringComparison.Ordinal);
        await client.WriteAsync("xyz"u8.ToArray(), Token);
        Assert.Equal("xyz", (await wire.ReadResponseAsync(Token)).Body);
    }

    [Fact]
    public async Task Request_Upgrading_BecomesBytesBothWays()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            var head = await reader.ReadHeadAsync(stop);
            Assert.Contains("Upgrade: chat", head, StringComparison.Ordinal);
            Assert.Contains("Connection: upgrade", head, StringComparison.Ordinal);
            await stream.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhi"u8.ToArray(), stop);
            var text = await reader.ReadTextAsync(4, stop);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text.ToUpperInvariant()), stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync("GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"u8.ToArray(), Token);
        Assert.StartsWith("HTTP/1.1 101", await wire.ReadHeadAsync(Token), StringComparison.Ordinal);
        Assert.Equal("hi", await wire.ReadTextAsync(2, Token));
        await client.WriteAsync("ping"u8.ToArray(), Token);
        Assert.Equal("PING", await wire.ReadTextAsync(4, Token));
        Assert.Equal("", await wire.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Request_UpgradingToHttp2_IsNotUpgraded()
    {
        // Otherwise the requests behind the upgrade would escape per-request authorization.
        await using var chain = TestChain.Start(Backend.Echo());
        var (_, body) = await chain.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", Token);
        Assert.DoesNotContain("h2c", body, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("HTTP2-Settings", body, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "Connection: close")]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "Connection: close")]
    [InlineData("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: keep-alive")]
    public async Task Response_SaysWhatBecomesOfTheConnection(string request, string expected)
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync(Encoding.ASCII.GetBytes(request), Token);
        var (head, _) = await wire.ReadResponseAsync(Token);
        Assert.Contains(expected, head, StringComparison.Ordinal);
        if (expected.EndsWith("close", StringComparison.Ordinal))
        {
            Assert.Equal("", await wire.ReadToEndAsync(Token));
        }
        else
        {
            await client.WriteAsync(Encoding.ASCII.GetBytes(request), Token);
            await wire.ReadResponseAsync(Token);
        }
    }

    [Fact]
    public async Task Headers_ThatEndAtThisHop_DoNotPass()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var (_, body) = await chain.ExchangeAsync(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Private\r\nKeep-Alive: timeout=5\r\nX-Private: 1\r\nTE: trailers\r\n"
            + "Proxy-Connection: keep-alive\r\nX-Public: 2\r\n\r\n", Token);
        Assert.Equal(
            $"GET / HTTP/1.1\r\nHost: x\r\nX-Public: 2\r\nl5d-client-id: {TestChain.ClientIdentity}\r\n\r\n", body);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n X: folded\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", 405)]
    public async Task Request_ThatCanBeReadTwoWays_IsRefusedAndNothingReachesTheServer(string request, int status)
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync(Encoding.Latin1.GetBytes(request), Token);
        var all = await new WireReader(client).ReadToEndAsync(Token);
        Assert.StartsWith($"HTTP/1.1 {status} ", all, StringComparison.Ordinal);
        Assert.Equal(0, chain.Backend.Accepted);
        Assert.Equal(1, await chain.Client.ErrorsAsync(ConnectionDirection.Outbound, ProxyError.BadRequest));
    }

    [Fact]
    public async Task Request_WithBadChunk_DoesNotReachTheEndOfItsBody()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"u8.ToArray(), Token);
        Assert.StartsWith("HTTP/1.1 400", await new WireReader(client).ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithHeadOver64Kilobytes_Is431()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await chain.ConnectAsync(Token);
        var head = "GET / HTTP/1.1\r\nHost: x\r\nX: " + new string('a', 70_000);
        await client.WriteAsync(Encoding.ASCII.GetBytes(head), Token);
        Assert.StartsWith("HTTP/1.1 431", await new WireReader(client).ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithHeadJustUnder64Kilobytes_Passes()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var head = "GET / HTTP/1.1\r\nHost: x\r\nX: " + new string('a', 64_800) + "\r\n\r\n";
        var (_, body) = await chain.ExchangeAsync(head, Token);
        Assert.Contains(new string('a', 64_800), body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_OfMegabytes_PassesWholeBothWays()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var payload = new byte[5_000_000];
        new Random(1).NextBytes(payload);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {payload.Length}\r\n\r\n"), Token);
        var sending = client.WriteAsync(payload, Token);
        var (_, body) = await new WireReader(client).ReadResponseAsync(Token);
        await sending;
        Assert.Equal(payload, Encoding.Latin1.GetBytes(body[(body.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
    }

    [Fact]
    public async Task Request_OnPooledConnectionThatTheServerClosed_IsSentAgain()
    {
        // Closes each connection after its second request, without answering it.
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            await reader.ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
            await reader.ReadHeadAsync(stop);
        });
        await using var chain = TestChain.Start(backend);
        for (var i = 0; i < 10; i++)
        {
            var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Requests_OnSharedConnectionThatDies_AreSentAgainOverAnother()
    {
        var hits = 0;
        var both = new TaskCompletionSource();
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            while (await reader.ReadHeadAsync(stop) is { } head)
            {
                if (head.StartsWith("GET /slow", StringComparison.Ordinal) && Interlocked.Increment(ref hits) is var hit and < 3)
                {
                    if (hit == 2)
                    {
                        both.SetResult();
                    }
                    continue;
                }
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
            }
        });
        TestChain? chain = null;
        await using var path = new Backend(async (stream, stop) =>
        {
            await using var far = await TestChain.ConnectAsync(chain!.Server.InboundPort, stop);
            await Task.WhenAny(stream.CopyToAsync(far, stop), far.CopyToAsync(stream, stop));
        });
        await using var started = chain = TestChain.Start(backend);
        var endpoint = chain.ServerEndpoint();
        endpoint.Port = (uint)path.Port;
        chain.Client.Apply(TestChain.Endpoints(endpoint));
        await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);

        // The first takes the tunnel that rests in the pool, the second gets a new one through the same connection.
        var first = chain.ExchangeAsync("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        var second = chain.ExchangeAsync("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        await both.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.Equal(1, path.Accepted);
        path.CloseConnections();

        Assert.StartsWith("HTTP/1.1 200", (await first).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", (await second).Head, StringComparison.Ordinal);
        Assert.Equal(2, path.Accepted);
    }

    [Fact]
    public async Task Request_NotIdempotentOnConnectionThatTheServerClosed_IsNotSentAgain()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var reader = new WireReader(stream);
            await reader.ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
            await reader.ReadHeadAsync(stop);
        });
        await using var chain = TestChain.Start(backend);
        await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        var (head, _) = await chain.ExchangeAsync("POST / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 502", head, StringComparison.Ordinal);
        Assert.Equal(1, backend.Accepted);
    }

    [Fact]
    public async Task Request_WithoutEndpoints_Is503WithTheReason()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        chain.Client.Apply(TestChain.Endpoints());
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Contains("l5d-proxy-error: no endpoints of bb-target.mc-demo", head, StringComparison.Ordinal);
        Assert.Contains("connection: close", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithOneDeadEndpoint_GoesToAnother()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var dead = chain.ServerEndpoint();
        dead.Ip = "127.0.0.2";
        dead.Port = 1;
        chain.Client.Apply(TestChain.Endpoints(dead, chain.ServerEndpoint()));
        for (var i = 0; i < 20; i++)
        {
            var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_WithOnlyDeadEndpoints_Is503Quickly()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        var dead = chain.ServerEndpoint();
        dead.Ip = "127.0.0.2";
        dead.Port = 1;
        chain.Client.Apply(TestChain.Endpoints(dead));
        for (var i = 0; i < 3; i++)
        {
            var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
            Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
            Assert.Contains("Connection refused", head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_ToApplicationThatDoesNotListen_Is503()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        chain.Server.Original.Destinations[(chain.Server.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", 1);
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 503", head, StringComparison.Ordinal);
        Assert.Contains("the endpoint's application does not accept connections", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task Request_ToAPodWhoseApplicationDied_GoesToAnother(string request)
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var dead = new TestNode("mc-demo", "bb");
        dead.Original.Destinations[(dead.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", 1);
        dead.Engine.SetCertificate(chain.Authority.Issue("mc-demo", "bb"));
        dead.Apply(dead.Pod(TestChain.Allow(TestChain.MeshTls(TestChain.ClientIdentity))));
        dead.Engine.Start();
        var endpoint = chain.ServerEndpoint();
        endpoint.Port = (uint)dead.InboundPort;
        chain.Client.Apply(TestChain.Endpoints(endpoint, chain.ServerEndpoint()));
        for (var i = 0; i < 30; i++)
        {
            var (head, _) = await chain.ExchangeAsync(request, Token);
            Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        }
        Assert.True(dead.Errors(ConnectionDirection.Inbound, ProxyError.Connect) > 0);
    }

    [Fact]
    public async Task Response_CutOff_CutsTheClientOff()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray(), stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Traffic_IsReportedOnBothSides()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        for (var i = 0; i < 5; i++)
        {
            await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        }
        var inbound = Assert.Single(chain.Server.Engine.CollectTraffic().Series);
        Assert.Equal(TrafficSeries.Types.Direction.Inbound, inbound.Direction);
        Assert.Equal(5UL, inbound.Success);
        Assert.Equal(5UL, inbound.LatencyCounts.Aggregate(0UL, (sum, count) => sum + count));
        Assert.Equal("bb-authz", inbound.AuthorizationName);
        Assert.Equal("bb-server", inbound.ServerName);
        Assert.Equal("default", inbound.Route);
        Assert.True(inbound.Tls);
        var outbound = Assert.Single(chain.Client.Engine.CollectTraffic().Series);
        Assert.Equal("bb-target", outbound.Service);
        Assert.Equal("east", outbound.PeerCluster);
        Assert.Equal(TestChain.ServerIdentity, outbound.PeerIdentity);
        Assert.Equal(5UL, outbound.Success);
        Assert.DoesNotContain(chain.Server.Engine.CollectTraffic().Series, series => series.Success > 0);
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        chain.Server.Engine.WritePrometheus(text);
        var lines = Encoding.UTF8.GetString(text.WrittenSpan);
        Assert.Contains("inbound_http_authz_allow_total{direction=\"inbound\"", lines, StringComparison.Ordinal);
        Assert.Contains("classification=\"success\",status_code=\"200\"} 5", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_InSteadyState_AllocateNothingOnTheLoops()
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
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        var request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray();
        var received = new byte[4096];
        async Task RunAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await client.WriteAsync(request, Token);
                await client.ReadExactlyAsync(received.AsMemory(0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".Length), Token);
            }
        }

        await RunAsync(500);
        foreach (var node in new[] { chain.Client, chain.Server })
        {
            var before = await node.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
            await RunAsync(2000);
            var after = await node.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
            // The two questions themselves may allocate a little; a byte per request would be 2000.
            Assert.InRange(after - before, 0, 1500);
        }
    }

    [Fact]
    public async Task Connections_Idle_HoldNoBuffer()
    {
        await using var chain = TestChain.Start(Backend.Echo());
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        await wire.ReadResponseAsync(Token);
        await Eventually.Holds(
            async () => await chain.Client.OnLoopAsync(() => chain.Client.Loop.Loop.Buffers.Rented) == 0
                && await chain.Server.OnLoopAsync(() => chain.Server.Loop.Loop.Buffers.Rented) == 0,
            TimeSpan.FromSeconds(5), () => $"{chain.Client.Loop.Loop.Buffers.Rented}, {chain.Server.Loop.Loop.Buffers.Rented}", Token);
    }

    [Fact]
    public async Task Stop_WithRequestInFlight_LetsItFinish()
    {
        var release = new TaskCompletionSource();
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            await release.Task;
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        await Eventually.Holds(() => backend.Accepted == 1, TimeSpan.FromSeconds(5), () => "not accepted", Token);
        var stopping = chain.Client.Engine.StopAsync(Token);
        release.SetResult();
        var all = await new WireReader(client).ReadToEndAsync(Token);
        Assert.StartsWith("HTTP/1.1 200", all, StringComparison.Ordinal);
        Assert.EndsWith("ok", all, StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task NativeMemory_AfterTheEngines_IsAllGivenBack()
    {
        var before = Mesh.Proxy.Reactor.NativeAllocator.Outstanding;
        await using (var chain = TestChain.Start(Backend.Echo()))
        {
            await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
            await using var half = await chain.ConnectAsync(Token);
            await half.WriteAsync("GET / HTTP/1.1\r\nHo"u8.ToArray(), Token);
        }
        Assert.Equal(before, Mesh.Proxy.Reactor.NativeAllocator.Outstanding);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_GoneBeforeTheResponse_EndsTheApplicationsConnection(bool shares)
    {
        var asked = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadHeadAsync(stop);
            asked.SetResult();
            try
            {
                _ = await stream.ReadAsync(new byte[1], stop);
            }
            catch (IOException)
            {
                // A reset is an end too.
            }
            ended.SetResult();
        });
        await using var chain = TestChain.Start(backend, clientOptions: TestNode.Options() with { ShareConnections = shares });
        var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);
        client.Socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
        client.Socket.Close();
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);
    }
}
