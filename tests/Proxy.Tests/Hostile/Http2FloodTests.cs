using System.Net.Sockets;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2.Frames;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>
/// Attacks on HTTP/2 that cost the client little and a server much. Each ends with the connection's end, after a bounded number of
/// frames, while the clients beside it are served.
/// </summary>
[Collection(nameof(EngineTests))]
public sealed class Http2FloodTests
{
    private const string Get = ":method: GET|:scheme: http|:path: /|:authority: x";
    private const string Post = ":method: POST|:scheme: http|:path: /|:authority: x";
    private const int Most = 40_000;
    private const string Calm = "GOAWAY EnhanceYourCalm";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task RapidReset_EndsTheConnection() =>
        AssertEndsAsync(Calm, (wire, i) => [.. wire.Headers(2 * i + 1, Get), .. Http2Wire.Reset(2 * i + 1)]);

    [Fact]
    public Task RapidReset_OfRequestsThatAreNotWhole_EndsTheConnection() =>
        AssertEndsAsync(Calm, (wire, i) => [.. wire.Headers(2 * i + 1, Post, endStream: false), .. Http2Wire.Reset(2 * i + 1)]);

    [Fact]
    public Task MadeYouReset_ByWindowUpdatesOfZero_EndsTheConnection() =>
        AssertEndsAsync(Calm, (wire, i) => [.. wire.Headers(2 * i + 1, Post, endStream: false), .. Http2Wire.WindowUpdate(2 * i + 1, 0)]);

    [Fact]
    public Task MadeYouReset_ByWindowsThatOverflow_EndsTheConnection() =>
        AssertEndsAsync(
            Calm, (wire, i) => [.. wire.Headers(2 * i + 1, Post, endStream: false), .. Http2Wire.WindowUpdate(2 * i + 1, int.MaxValue)]);

    [Fact]
    public Task MadeYouReset_ByDataBehindTheEnd_EndsTheConnection() =>
        AssertEndsAsync(
            null, (wire, i) => [.. wire.Headers(2 * i + 1, Get), .. Http2Wire.Frame(FrameType.Data, FrameFlags.None, 2 * i + 1, 1, 2, 3)]);

    [Fact]
    public Task MadeYouReset_ByHeadersBehindTheEnd_EndsTheConnection() =>
        AssertEndsAsync(null, (wire, i) => [.. wire.Headers(2 * i + 1, Get), .. wire.Headers(2 * i + 1, "x: y")]);

    [Fact]
    public Task MadeYouReset_ByMalformedRequests_EndsTheConnection() =>
        AssertEndsAsync(Calm, (wire, i) => wire.Headers(2 * i + 1, Get + "|Upper: x"));

    [Fact]
    public Task MadeYouReset_ByBodiesLongerThanTheySay_EndsTheConnection() =>
        AssertEndsAsync(
            Calm,
            (wire, i) =>
            [
                .. wire.Headers(2 * i + 1, Post + "|content-length: 1", endStream: false),
                .. Http2Wire.Frame(FrameType.Data, FrameFlags.None, 2 * i + 1, 1, 2),
            ]);

    [Fact]
    public Task StreamsBeyondTheLimit_EndTheConnection() =>
        AssertEndsAsync(Calm, (wire, i) => wire.Headers(2 * i + 1, Post, endStream: false));

    [Fact]
    public Task PingFlood_EndsTheConnection() =>
        AssertEndsAsync(Calm, (_, _) => Http2Wire.Frame(FrameType.Ping, FrameFlags.None, 0, 1, 2, 3, 4, 5, 6, 7, 8));

    [Fact]
    public Task SettingsFlood_EndsTheConnection() => AssertEndsAsync(Calm, (_, _) => Http2Wire.Settings());

    [Fact]
    public Task PriorityFlood_EndsTheConnection() =>
        AssertEndsAsync(Calm, (_, _) => Http2Wire.Frame(FrameType.Priority, FrameFlags.None, 1, 0, 0, 0, 1, 16));

    [Fact]
    public Task UnknownFrameFlood_EndsTheConnection() =>
        AssertEndsAsync(Calm, (_, _) => Http2Wire.Frame((FrameType)0xEE, FrameFlags.None, 0));

    [Fact]
    public Task WindowUpdateFlood_EndsTheConnection() => AssertEndsAsync(Calm, (_, _) => Http2Wire.WindowUpdate(0, 1));

    [Fact]
    public Task EmptyDataFlood_EndsTheConnection() =>
        AssertEndsAsync(
            Calm, (wire, i) => i == 0 ? wire.Headers(1, Post, endStream: false) : Http2Wire.Frame(FrameType.Data, FrameFlags.None, 1));

    [Fact]
    public Task PaddedEmptyDataFlood_EndsTheConnection() =>
        AssertEndsAsync(
            Calm,
            (wire, i) => i == 0
                ? wire.Headers(1, Post, endStream: false)
                : Http2Wire.Frame(FrameType.Data, FrameFlags.Padded, 1, 1, 0));

    [Fact]
    public Task ContinuationFlood_EndsTheConnection() =>
        AssertEndsAsync(
            Calm,
            (wire, i) => i == 0
                ? wire.Headers(1, Get, endHeaders: false)
                : Http2Wire.Frame(FrameType.Continuation, FrameFlags.None, 1, [0, 1, (byte)'x', 100, .. new byte[100]]));

    [Fact]
    public Task ContinuationFlood_OfEmptyFrames_EndsTheConnection() =>
        AssertEndsAsync(
            Calm,
            (wire, i) => i == 0
                ? wire.Headers(1, Get, endHeaders: false)
                : Http2Wire.Frame(FrameType.Continuation, FrameFlags.None, 1));

    [Fact]
    public async Task HpackBomb_EndsTheConnection()
    {
        await using var chain = TestChain.Start(new Http2Application().Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        // One entry of 4,000 bytes, and 16,000 times a reference to it: 64 MB.
        byte[] entry = [0x40, 1, (byte)'x', 0x7F, 0xA1, 0x1E, .. new string('v', 4_000).Select(c => (byte)c)];
        await wire.SendAsync(Http2Wire.Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, 1, entry), Token);
        var bomb = new byte[16_000];
        Array.Fill(bomb, (byte)0xBE);
        await wire.SendAsync(Http2Wire.Frame(FrameType.Headers, FrameFlags.EndHeaders | FrameFlags.EndStream, 3, bomb), Token);
        Assert.Equal("GOAWAY CompressionError", await wire.ReadOutcomeAsync(3, Token));
        await AssertServedAsync(chain);
    }

    [Fact]
    public async Task CookieCrumbs_BeyondTheLimit_RefuseTheRequestAndNotTheConnection()
    {
        var application = new Http2Application();
        await using var chain = TestChain.Start(application.Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        var crumbs = Get + string.Concat(Enumerable.Range(0, 2_100).Select(i => "|cookie: a"));
        await wire.SendAsync(wire.Headers(1, crumbs), Token);
        var outcome = await wire.ReadOutcomeAsync(1, Token);
        Assert.True(outcome.StartsWith(":status: 431", StringComparison.Ordinal) || outcome == "RST_STREAM ProtocolError", outcome);
        await wire.SendAsync(wire.Headers(3, Get), Token);
        Assert.StartsWith(":status: 200", await wire.ReadOutcomeAsync(3, Token), StringComparison.Ordinal);
        Assert.Single(application.Requests);
    }

    [Fact]
    public async Task WindowsOfZero_HoldNoMoreThanTheirWindowsWorth()
    {
        await using var chain = TestChain.Start(
            new Http2Application(bodyLength: 60_000).Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token, new Setting(SettingId.InitialWindowSize, 0));
        // 3 MB, which the proxy's window towards the application has room for.
        for (var i = 0; i < 50; i++)
        {
            await wire.SendAsync(wire.Headers(2 * i + 1, Get), Token);
            Assert.StartsWith(":status: 200", await wire.ReadOutcomeAsync(2 * i + 1, Token), StringComparison.Ordinal);
        }
        // Nobody reads the bodies: the proxy holds what the application was allowed to send, in blocks of 16 KB, and no more.
        var rented = await chain.Server.OnLoopAsync(() => chain.Server.Loop.Loop.Buffers.Rented);
        Assert.InRange(rented, 1, 300);
        await AssertServedAsync(chain);
    }

    [Fact]
    public async Task StreamsThatComeAndGo_LeaveNothingBehind()
    {
        // At a pace that is allowed: what is left of 800 streams that were reset, after as many, is nothing.
        await using var chain = TestChain.Start(new Http2Application().Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        for (var i = 0; i < 400; i++)
        {
            await wire.SendAsync([.. wire.Headers(2 * i + 1, Post, endStream: false), .. Http2Wire.Reset(2 * i + 1)], Token);
        }
        await wire.SendAsync(wire.Headers(801, Get), Token);
        Assert.StartsWith(":status: 200", await wire.ReadOutcomeAsync(801, Token), StringComparison.Ordinal);
        var rented = await chain.Server.OnLoopAsync(() => chain.Server.Loop.Loop.Buffers.Rented);
        Assert.InRange(rented, 0, 4);
    }

    [Fact]
    public async Task Preface_NeverSent_IsCutOff()
    {
        await using var chain = TestChain.Start(new Http2Application().Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        // Half of it: no application would wait for its server to speak now.
        await client.WriteAsync("PRI * HTTP/2.0\r\n"u8.ToArray(), Token);
        client.Socket.Shutdown(SocketShutdown.Send);
        _ = await Record.ExceptionAsync(() => new WireReader(client).ReadToEndAsync(Token));
        await AssertServedAsync(chain);
    }

    [Fact]
    public async Task Frames_Mutated_EndTheConnectionAndNothingElse()
    {
        await using var chain = TestChain.Start(new Http2Application().Backend, TestChain.Allow(TestChain.Anyone()));
        var random = new Random(9113);
        for (var i = 0; i < 150; i++)
        {
            await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
            var wire = new Http2Wire(client);
            await wire.BeginAsync(Token);
            byte[] good =
            [
                .. wire.Headers(1, Post + "|content-type: application/grpc|te: trailers", endStream: false),
                .. Http2Wire.Frame(FrameType.Data, FrameFlags.Padded, 1, 3, 1, 2, 3, 0, 0, 0),
                .. Http2Wire.WindowUpdate(1, 1000),
                .. Http2Wire.Settings(new Setting(SettingId.HeaderTableSize, 100), new Setting(SettingId.InitialWindowSize, 5)),
                .. Http2Wire.Frame(FrameType.Ping, FrameFlags.None, 0, 1, 2, 3, 4, 5, 6, 7, 8),
                .. wire.Headers(1, "x: y"),
                .. wire.Headers(3, Get),
                .. Http2Wire.Reset(3),
            ];
            var bytes = Corpora.Mutations.Of(good, random, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x20, 0x7F, 0x80, 0xFF], [good]);
            _ = await Record.ExceptionAsync(async () =>
            {
                await wire.SendAsync(bytes, Token);
                client.Socket.Shutdown(SocketShutdown.Send);
                await new WireReader(client).ReadToEndAsync(Token);
            });
        }
        await AssertServedAsync(chain);
        Assert.Equal(0, chain.Server.Errors(ConnectionDirection.Inbound, ProxyError.Internal));
    }

    /// <summary>Sends an attack's frames until the connection ends.</summary>
    /// <param name="expected">How; null when any end will do.</param>
    /// <param name="attack">The i-th piece.</param>
    private static async Task AssertEndsAsync(string? expected, Func<Http2Wire, int, byte[]> attack)
    {
        await using var chain = TestChain.Start(new Http2Application().Backend, TestChain.Allow(TestChain.Anyone()));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        var outcome = wire.ReadOutcomeAsync(-1, Token);
        var sent = 0;
        while (!outcome.IsCompleted && sent < Most)
        {
            var batch = new List<byte>();
            for (var i = 0; i < 50; i++)
            {
                batch.AddRange(attack(wire, sent++));
            }
            if (await Record.ExceptionAsync(() => wire.SendAsync([.. batch], Token)) is not null)
            {
                break;
            }
        }
        // More may be on its way than has been read; and a reset of the connection may overtake the goodbye.
        var end = await outcome.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
        Assert.True(expected is null || end == expected || end == "end", end);
        await AssertServedAsync(chain);
        Assert.Equal(0, chain.Server.Errors(ConnectionDirection.Inbound, ProxyError.Internal));
    }

    private static async Task AssertServedAsync(TestChain chain)
    {
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        var wire = new Http2Wire(client);
        await wire.BeginAsync(Token);
        await wire.SendAsync(wire.Headers(1, Get), Token);
        Assert.StartsWith(":status: 200", await wire.ReadOutcomeAsync(1, Token), StringComparison.Ordinal);
    }
}
