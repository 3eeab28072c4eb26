using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Authorization;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>What something missing must not open: a certificate, a policy, a pod; and where a connection may be going.</summary>
[Collection(nameof(EngineTests))]
public sealed class ClosedByDefaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_WithoutCertificate_NeverSpeaksPlaintextToAMeshedEndpoint()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(backend);
        await using var node = new TestNode("mc-demo", "uncertified");
        var endpoint = chain.ServerEndpoint();
        endpoint.Port = (uint)backend.Port;
        node.Apply(node.Pod(TestChain.Allow(TestChain.Anyone())), TestChain.Service(), TestChain.Endpoints(endpoint));
        node.Engine.Start();
        await using var client = await TestChain.ConnectAsync(node.OutboundPort, Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var (head, _) = await new WireReader(client).ReadResponseAsync(Token);
        Assert.StartsWith("HTTP/1.1 50", head, StringComparison.Ordinal);
        Assert.Contains("certificate", head, StringComparison.Ordinal);
        Assert.Equal(0, backend.Accepted);
    }

    [Fact]
    public async Task Server_WithoutCertificate_LetsNoMeshClientIn()
    {
        await using var backend = Backend.Echo();
        await using var chain = TestChain.Start(backend);
        await using var node = new TestNode("mc-demo", "uncertified");
        node.Original.Destinations[(node.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", backend.Port);
        node.Apply(node.Pod(TestChain.Allow(TestChain.Anyone())));
        node.Engine.Start();
        await using var client = await TestChain.ConnectAsync(node.InboundPort, Token);
        await client.WriteAsync(HelloCapture.Hello("mesh/1"), Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.Equal(1, await node.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.NoCertificate));
        Assert.Equal(0, backend.Accepted);
    }

    [Fact]
    public async Task Pod_WhosePolicyIsGone_LetsNobodyElseIn()
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        chain.Server.Engine.Publish(chain.Server.Engine.Snapshot.With([], [$"pod/{chain.Server.Uid}"]));
        await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.UnknownPod));
    }

    [Fact]
    public async Task Policy_Empty_AllowsNobody()
    {
        await using var chain = TestChain.Start(Backend.Echo(), new InboundPolicy());
        var (head, _) = await chain.ExchangeAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n", Token);
        Assert.StartsWith("HTTP/1.1 403", head, StringComparison.Ordinal);
        Assert.Equal(0, chain.Backend.Accepted);
    }

    [Theory]
    [InlineData(65_536u + 80u)]
    [InlineData(0x8000_0050u)]
    [InlineData(uint.MaxValue)]
    public void Policy_OfAPortThatIsNone_IsNotThatOfAnotherPort(uint port)
    {
        var model = new InboundPolicyModel(new InboundPolicy
        {
            Ports = { new PortPolicy { Port = port, Authorizations = { TestChain.Anyone() } } },
        });
        Assert.True(IpValue.TryParse("10.0.0.1", out var client));
        foreach (var asked in new[] { 80, (int)(ushort)port, 1, 65_535 })
        {
            Assert.Null(model.Port(asked).Authorize(client, null, probe: false));
        }
    }

    [Fact]
    public void Policy_OfOnePortTwice_IsTheFirst()
    {
        var model = new InboundPolicyModel(new InboundPolicy
        {
            Ports = { new PortPolicy { Port = 80 }, new PortPolicy { Port = 80, Authorizations = { TestChain.Anyone() } } },
        });
        Assert.True(IpValue.TryParse("10.0.0.1", out var client));
        Assert.Null(model.Port(80).Authorize(client, null, probe: false));
    }

    [Theory]
    [InlineData("169.254.169.254", 80)]
    [InlineData("0.0.0.0", 80)]
    [InlineData("127.0.0.2", 80)]
    [InlineData("10.1.2.3", 8080)]
    [InlineData("::1", 80)]
    [InlineData("::", 80)]
    [InlineData("::ffff:169.254.169.254", 80)]
    [InlineData("fe80::1", 80)]
    [InlineData("::ffff:127.0.0.1", 15006)]
    [InlineData("127.0.0.1", 15001)]
    public async Task Connection_ToAnAddressThatIsNotThePods_IsRefused(string ip, int port)
    {
        await using var chain = TestChain.Start(Backend.Echo(), TestChain.Allow(TestChain.Anyone()));
        chain.Server.Original.Destinations[(chain.Server.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint(ip, port);
        var failure = await Record.ExceptionAsync(async () =>
        {
            await using var client = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
            await new WireReader(client).ReadToEndAsync(Token);
        });
        Assert.True(failure is IOException or System.Net.Sockets.SocketException, failure?.ToString() ?? "not refused");
        Assert.Equal(1, await chain.Server.ErrorsAsync(ConnectionDirection.Inbound, ProxyError.Loop));
    }

    [Theory]
    [InlineData("fe80::1%eth0")]
    [InlineData("fe80::1%")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("127.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0177.0.0.1")]
    [InlineData("2130706433")]
    [InlineData(" 127.0.0.1")]
    [InlineData("127.0.0.1 ")]
    [InlineData("127.0.0.1\0")]
    [InlineData("127.0.0.1:80")]
    [InlineData("\uff11\uff12\uff17.0.0.1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("::1::")]
    [InlineData("localhost")]
    [InlineData("")]
    public void TryParse_OfAnAddressWrittenOddly_Refuses(string text) => Assert.False(IpValue.TryParse(text, out _));

    [Theory]
    [InlineData("127.0.0.1", 0u)]
    [InlineData("127.0.0.1", 65_536u)]
    [InlineData("127.0.0.1", uint.MaxValue)]
    public void TryCreate_OfAPortThatIsNone_Refuses(string ip, uint port) => Assert.False(SocketEndpoint.TryCreate(ip, port, out _));

    [Fact]
    public void TryParse_OfAMappedAddress_IsTheIPv4Address()
    {
        Assert.True(IpValue.TryParse("::ffff:10.1.2.3", out var mapped));
        Assert.True(IpValue.TryParse("10.1.2.3", out var plain));
        Assert.Equal(plain, mapped);
        Assert.True(mapped.IsV4);
    }
}
