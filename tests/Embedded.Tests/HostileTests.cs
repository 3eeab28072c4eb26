using System.Security.Cryptography;
using Mesh.Conformance.TestSilo.Grains;

namespace Mesh.Embedded.Tests;

/// <summary>Whatever arrives at the silo's port: it goes on serving, and who is no silo gets nothing.</summary>
public sealed class HostileTests : IAsyncLifetime
{
    private const byte Hello = 1;
    private const byte Ping = 2;
    private const byte Request = 4;
    private const byte Response = 5;
    private const byte Cancel = 6;

    private TestCluster _cluster = null!;

    public static TheoryData<string> BadGreetings =>
    [
        "", "null", "[]", "{}", "{\"protocol\":\"other\"}",
        """{"protocol":"mesh-orleans-embedded/1","clusterId":"default","self":null,"members":[]}""",
        """{"protocol":"mesh-orleans-embedded/1","clusterId":"other","self":{"address":"1.2.3.4:5@6","name":"x","metadata":{},"status":1},"members":[]}""",
        """{"protocol":"mesh-orleans-embedded/1","clusterId":"default","self":{"address":"nonsense","name":"x","metadata":{},"status":1},"members":[]}""",
        """{"protocol":"mesh-orleans-embedded/1","clusterId":"default","self":{"address":"1.2.3.4:5@6","name":"","metadata":{},"status":1},"members":[]}""",
        """{"protocol":"mesh-orleans-embedded/1","clusterId":"default","self":{"address":"1.2.3.4:5@6","name":"x","metadata":{"a":null},"status":99},"members":[]}""",
    ];

    /// <summary>Frames after a proper greeting that end the connection.</summary>
    public static TheoryData<byte, string> BadFrames => new()
    {
        { Hello, "{}" },
        { Ping, "{}" },
        { Ping, "nonsense" },
        { Request, "[]" },
        { Request, "{\"id\":\"x\"}" },
        { Response, "{\"id\":1}" },
        { Cancel, "7" },
        { 99, "{}" },
        { Request, new string('[', 100_000) },
    };

    /// <summary>Requests that are answered with an error.</summary>
    public static TheoryData<string> BadRequests =>
    [
        """{"id":1,"grain":"probe/east/x","method":"System.IO.File.Delete","milliseconds":1000,"arguments":["/etc/passwd"]}""",
        """{"id":1,"grain":"probe/east/x","method":"test.IProbeGrain.Increment","milliseconds":1000,"arguments":[1,2,3]}""",
        """{"id":1,"grain":"probe/east/x","method":"test.IProbeGrain.Increment","milliseconds":1000,"arguments":{}}""",
        """{"id":1,"grain":"nobody/east/x","method":"test.IProbeGrain.Increment","milliseconds":1000,"arguments":[]}""",
        """{"id":1,"grain":"failing/east/x","method":"test.IProbeGrain.Increment","milliseconds":1000,"arguments":[]}""",
        """{"id":1,"grain":"","method":"test.IProbeGrain.Increment","milliseconds":1000,"arguments":[]}""",
        """{"id":1,"grain":"sys.client/x","method":"test.IProbeObserver.OnText","milliseconds":1000,"arguments":["x"]}""",
        """{"id":1,"grain":"probe/east/x","method":"test.IProbeGrain.Keep","milliseconds":1000,"arguments":["not base64!"]}""",
        """{"id":1,"grain":"probe/east/x","method":"test.IProbeGrain.Introduce","milliseconds":1000,"arguments":[{"$type":"System.Diagnostics.Process"}]}""",
        """{"id":1}""",
    ];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync("east-0");

    public async ValueTask DisposeAsync()
    {
        // Whatever happened, the silo still works and knows nobody but itself and the peers that proved to be silos.
        Assert.Equal(1, await _cluster[0].Grains.GetGrain<IProbeGrain>($"east/{Guid.NewGuid()}").Increment());
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Garbage_WithoutTls_ConnectionEnds()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var peer = await HostilePeer.ConnectAsync(_cluster[0].Address.Endpoint, Cancelled);
            await peer.SendAsync(RandomNumberGenerator.GetBytes(1 + i * 100), Cancelled);
            await peer.EndedAsync(Cancelled);
        }
    }

    [Fact]
    public async Task Silence_ConnectionEndsInTime()
    {
        await using var peer = await HostilePeer.ConnectAsync(_cluster[0].Address.Endpoint, Cancelled);
        await peer.EndedAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(15), Cancelled);
    }

    [Fact]
    public async Task HalfAHandshake_ConnectionEndsInTime()
    {
        await using var peer = await HostilePeer.ConnectAsync(_cluster[0].Address.Endpoint, Cancelled);
        await peer.SendAsync([0x16, 0x03, 0x01, 0x02, 0x00, 0x01], Cancelled);
        await peer.EndedAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(15), Cancelled);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("other anchor")]
    [InlineData("other name")]
    public async Task WrongIdentity_GetsNoGreeting(string kind)
    {
        var certificate = kind switch
        {
            "other anchor" => TestCertificates.Create(TestCertificates.CreateAnchor()).Certificate,
            "other name" => TestCluster.Certificates("proxy.test").Certificate,
            _ => null,
        };
        await using var peer = await HostilePeer.ConnectAsync(_cluster[0].Address.Endpoint, Cancelled);
        // With TLS 1.3 the client may be through with its handshake before the server has looked at its certificate.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await peer.SecureAsync(certificate, Cancelled);
            await peer.SendFrameAsync(Hello, Greeting(1), Cancelled);
            await peer.ReadFrameAsync(Cancelled);
        });
        Assert.Single(_cluster[0].Membership.Current.Members);
    }

    [Theory]
    [MemberData(nameof(BadGreetings))]
    public async Task BadGreeting_ConnectionEnds(string greeting)
    {
        await using var peer = await SecuredAsync();
        await peer.SendFrameAsync(Hello, greeting, Cancelled);
        await peer.EndedAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(4), Cancelled);
        Assert.Single(_cluster[0].Membership.Current.Members);
    }

    [Theory]
    [MemberData(nameof(BadFrames))]
    public async Task BadFrame_ConnectionEnds(byte type, string body)
    {
        await using var peer = await GreetedAsync();
        await peer.SendFrameAsync(type, body, Cancelled);
        await peer.EndedAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    [InlineData((16 << 20) + 2)]
    public async Task BadLength_ConnectionEnds(int length)
    {
        await using var peer = await GreetedAsync();
        await peer.SendAsync([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, Ping], Cancelled);
        await peer.EndedAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task BadRequest_IsAnsweredWithAnErrorAndTheConnectionLives(string request)
    {
        await using var peer = await GreetedAsync();
        await peer.SendFrameAsync(Request, request, Cancelled);
        Assert.Contains("\"error\"", await peer.ReadFrameAsync(Cancelled));
        await peer.SendFrameAsync(
            Request,
            """{"id":2,"grain":"probe/east/y","method":"test.IProbeGrain.Increment","milliseconds":5000,"arguments":[]}""",
            Cancelled);
        Assert.Contains("\"result\"", await peer.ReadFrameAsync(Cancelled));
    }

    [Fact]
    public async Task ManyStrangersAtOnce_SilosStillGetIn()
    {
        var strangers = new List<HostilePeer>();
        for (var i = 0; i < 100; i++)
        {
            strangers.Add(await HostilePeer.ConnectAsync(_cluster[0].Address.Endpoint, Cancelled));
        }
        await _cluster.AddAsync("west-0");
        await _cluster.SettleAsync();
        foreach (var stranger in strangers)
        {
            await stranger.DisposeAsync();
        }
    }

    private static string Greeting(int port) =>
        """{"protocol":"mesh-orleans-embedded/1","clusterId":"default","self":{"address":"127.0.0.1:PORT@1","name":"hostile","metadata":{},"status":0},"members":[]}"""
            .Replace("PORT", $"{port}", StringComparison.Ordinal);

    private async Task<HostilePeer> SecuredAsync()
    {
        var peer = await HostilePeer.ConnectAsync(_cluster[0].Address.Endpoint, Cancelled);
        await peer.SecureAsync(TestCluster.Certificates().Certificate, Cancelled);
        return peer;
    }

    private async Task<HostilePeer> GreetedAsync()
    {
        var peer = await SecuredAsync();
        await peer.SendFrameAsync(Hello, Greeting(1), Cancelled);
        Assert.Contains("mesh-orleans-embedded/1", await peer.ReadFrameAsync(Cancelled));
        return peer;
    }
}
