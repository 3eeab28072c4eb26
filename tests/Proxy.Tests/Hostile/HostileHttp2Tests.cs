using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Requests of HTTP/2 that one reader would take for something else than another: none of them reaches an application.</summary>
[Collection(nameof(EngineTests))]
public sealed class HostileHttp2Tests
{
    private const string Get = ":method: GET|:scheme: http|:path: /|:authority: x";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Get + "|:authority: y")]
    [InlineData(Get + "|host: y")]
    [InlineData(Get + "|host: x|host: x")]
    [InlineData(Get + "|x: y|:path: /other")]
    [InlineData(":method: CONNECT|:scheme: http|:path: /|:authority: x:80")]
    [InlineData(":method: CONNECT|:path: /|:authority: x:80")]
    [InlineData(":method: CONNECT|:protocol: websocket|:scheme: http|:path: /|:authority: x")]
    [InlineData(":method: GET|:scheme: http|:path: |:authority: x")]
    [InlineData(":method: GET|:scheme: http|:path: / HTTP/1.1\r\nx: y|:authority: x")]
    [InlineData(":method: GET|:scheme: http|:path: /|:authority: x@y")]
    [InlineData(":method: GET|:scheme: http|:path: /")]
    [InlineData(Get + "|connection: close")]
    [InlineData(Get + "|transfer-encoding: chunked")]
    [InlineData(Get + "|upgrade: h2c")]
    [InlineData(Get + "|te: gzip")]
    [InlineData(Get + "|X: y")]
    [InlineData(Get + "|x: a\r\nl5d-client-id:admin")]
    [InlineData(Get + "|content-length: 1")]
    [InlineData(Get + "|content-length: 0|content-length: 0")]
    public async Task Request_ThatCanBeReadTwoWays_IsResetAndNothingReachesTheApplication(string fields)
    {
        var application = new Http2Application();
        await using var chain = TestChain.Start(application.Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        await wire.SendAsync(wire.Headers(1, fields), Token);
        Assert.Matches("^RST_STREAM ProtocolError$|^:status: 4", await wire.ReadOutcomeAsync(1, Token));
        // The connection goes on.
        await wire.SendAsync(wire.Headers(3, Get), Token);
        Assert.StartsWith(":status: 200", await wire.ReadOutcomeAsync(3, Token), StringComparison.Ordinal);
        Assert.Single(application.Requests);
    }

    [Fact]
    public async Task Connect_WithDataBeforeItsAnswer_IsRefusedAndTheDataGoesNowhere()
    {
        var application = new Http2Application();
        await using var chain = TestChain.Start(application.Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        byte[] early = [.. wire.Headers(1, ":method: CONNECT|:authority: 169.254.169.254:80", endStream: false)];
        var data = Http2Wire.Frame(FrameType.Data, FrameFlags.EndStream, 1, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
        await wire.SendAsync([.. early, .. data], Token);
        Assert.DoesNotContain(":status: 200", await wire.ReadOutcomeAsync(1, Token), StringComparison.Ordinal);
        Assert.DoesNotContain(application.Requests, request => request.Contains("CONNECT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ReservedHeaders_DoNotPassForTheProxysOwn()
    {
        var application = new Http2Application();
        await using var chain = TestChain.Start(application.Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        for (var i = 0; i < 5; i++)
        {
            // Again and again: what is remembered of a repeated block must not hold them either.
            var forged = Get + "|l5d-client-id: admin|l5d-client-id: admin|!l5d-x: y|forwarded: for=a";
            await wire.SendAsync(wire.Headers(2 * i + 1, forged), Token);
            Assert.StartsWith(":status: 200", await wire.ReadOutcomeAsync(2 * i + 1, Token), StringComparison.Ordinal);
        }
        Assert.Equal(5, application.Requests.Length);
        Assert.All(application.Requests, request =>
        {
            Assert.DoesNotContain("l5d-", request, StringComparison.Ordinal);
            Assert.Contains("forwarded: for=a", request, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Request_NotAllowed_IsDeniedInItsOwnLanguage()
    {
        var application = new Http2Application();
        await using var chain = TestChain.Start(application.Backend);
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        await wire.SendAsync(wire.Headers(1, Get), Token);
        Assert.StartsWith(":status: 403", await wire.ReadOutcomeAsync(1, Token), StringComparison.Ordinal);
        await wire.SendAsync(
            wire.Headers(3, ":method: POST|:scheme: http|:path: /a.B/C|:authority: x|content-type: application/grpc|te: trailers"), Token);
        var denied = await wire.ReadOutcomeAsync(3, Token);
        Assert.StartsWith(":status: 200", denied, StringComparison.Ordinal);
        Assert.Contains("grpc-status: 7", denied, StringComparison.Ordinal);
        Assert.Empty(application.Requests);
    }
}
