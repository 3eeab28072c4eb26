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
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.MeshTls("nobody.x.serviceaccount.identity.linkerd.cluster.local")));
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
}
