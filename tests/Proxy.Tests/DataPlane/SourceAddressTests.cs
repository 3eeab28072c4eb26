using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Netns;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Tests.Netns;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>Whose address the application of a meshed pod sees. Needs root.</summary>
[Collection(nameof(EngineTests))]
public sealed class SourceAddressTests
{
    private const AddressFamily V4 = AddressFamily.InterNetwork;
    private const AddressFamily V6 = AddressFamily.InterNetworkV6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(V4, true)]
    [InlineData(V4, false)]
    [InlineData(V6, true)]
    [InlineData(V6, false)]
    public async Task Http_RequestsOfAClient_ComeFromItsAddress(AddressFamily family, bool meshed)
    {
        await using var pair = await MeshedPair.StartAsync(meshed);
        await pair.ServeHttpAsync(family);
        await using var stream = await pair.ConnectAsync(pair.Network.Peer, MeshedPair.Address(family), MeshedPair.Port, Token);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(MeshedPair.Client(family), await GetAsync(stream));
        }
        Assert.Equal(0, pair.LostSources);
        var series = Assert.Single(pair.Server.CollectTraffic().Series);
        Assert.Equal(meshed ? TestChain.ClientIdentity : "", series.PeerIdentity);
    }

    [Theory]
    [InlineData(V4, true)]
    [InlineData(V4, false)]
    [InlineData(V6, true)]
    [InlineData(V6, false)]
    public async Task Opaque_ConnectionOfAClient_ComesFromItsAddressAndCarriesBothWays(AddressFamily family, bool meshed)
    {
        await using var pair = await MeshedPair.StartAsync(meshed, OpaquePort);
        await pair.ServeBytesAsync(5432, family);
        await using var stream = await pair.ConnectAsync(pair.Network.Peer, MeshedPair.Address(family), 5432, Token);
        var reader = new WireReader(stream);
        var expected = MeshedPair.Client(family) + "\n";
        Assert.Equal(expected, await reader.ReadTextAsync(expected.Length, Token));
        var data = new byte[4 << 20];
        Random.Shared.NextBytes(data);
        var writing = stream.WriteAsync(data, Token);
        Assert.Equal(data, await reader.ReadExactlyAsync(data.Length, Token));
        await writing;
    }

    [Fact]
    public async Task Http_NodeAndClientInTurn_EachComesFromItsOwnAddress()
    {
        await using var pair = await MeshedPair.StartAsync(clientIsMeshed: false);
        await pair.ServeHttpAsync(V4);
        pair.Network.AddPeerAddress("10.251.0.9/24");
        await using var client = await pair.ConnectAsync(pair.Network.Peer, TestNetwork.PodAddress, MeshedPair.Port, Token);
        var second = await TestNetwork.ConnectAsync(
            pair.Network.Peer, new IPEndPoint(TestNetwork.PodAddress, MeshedPair.Port), Token, IPAddress.Parse("10.251.0.9"));
        await using var other = new NetworkStream(second, ownsSocket: true);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("10.251.0.1", await GetAsync(client));
            Assert.Equal("10.251.0.9", await GetAsync(other));
        }
    }

    [Fact]
    public async Task Http_ManyClientsWithTheirPortsEverywhere_NoneMeetsAnothersConnection()
    {
        await using var pair = await MeshedPair.StartAsync(clientIsMeshed: false);
        await pair.ServeHttpAsync(V4);
        // A small range for both sides: without separate connection tracking a port of the proxy's soon is one of the client's.
        pair.Network.Tamper("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40199");
        var clients = new List<NetworkStream>();
        for (var port = 40000; port < 40100; port++)
        {
            var socket = await TestNetwork.ConnectAsync(
                pair.Network.Peer, new IPEndPoint(TestNetwork.PodAddress, MeshedPair.Port), Token, TestNetwork.PeerAddress, port);
            clients.Add(new NetworkStream(socket, ownsSocket: true));
        }
        for (var round = 0; round < 3; round++)
        {
            var answers = await Task.WhenAll(clients.Select(GetAsync));
            Assert.All(answers, answer => Assert.Equal("10.251.0.1", answer));
        }
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Http_KeepAliveAndShortConnectionsUnderLoad_AreAllAnsweredFromTheClientsAddress()
    {
        await using var pair = await MeshedPair.StartAsync(clientIsMeshed: true);
        await pair.ServeHttpAsync(V4);
        await pair.ServeHttpAsync(V6);
        var clients = Enumerable.Range(0, 48).Select(async i =>
        {
            var family = i % 2 == 0 ? V4 : V6;
            var keepAlive = i % 3 != 0;
            NetworkStream? stream = null;
            for (var request = 0; request < (keepAlive ? 200 : 20); request++)
            {
                stream ??= await pair.ConnectAsync(pair.Network.Peer, MeshedPair.Address(family), MeshedPair.Port, Token);
                Assert.Equal(MeshedPair.Client(family), await GetAsync(stream));
                if (!keepAlive)
                {
                    await stream.DisposeAsync();
                    stream = null;
                }
            }
            stream?.Dispose();
        });
        await Task.WhenAll(clients);
        var series = pair.Server.CollectTraffic().Series.Single();
        Assert.Equal((32UL * 200) + (16 * 20), series.Success);
        Assert.Equal(0UL, series.Failure);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task Http_PodThatReachesItselfThroughAService_IsLetInByItsOwnIdentity(AddressFamily family)
    {
        await using var pair = await MeshedPair.StartAsync(clientIsMeshed: false);
        await pair.ServeHttpAsync(family);
        var service = IPAddress.Parse(family == V4 ? "10.251.0.77" : "fd51:251::77");
        await using var stream = await pair.ConnectAsync(pair.Network.Pod, service, MeshedPair.Port, Token);
        Assert.Equal(MeshedPair.Address(family).ToString(), await GetAsync(stream));
        Assert.Equal(MeshedPair.Address(family).ToString(), await GetAsync(stream));
        var inbound = Assert.Single(
            pair.Server.CollectTraffic().Series, series => series.Direction == TrafficSeries.Types.Direction.Inbound);
        Assert.Equal(TestChain.ServerIdentity, inbound.PeerIdentity);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task Skipped_InboundPort_ReachesTheApplicationDirectly(AddressFamily family)
    {
        await using var pair = await MeshedPair.StartAsync(
            clientIsMeshed: true, pod => pod.SkipInboundPorts.Add(new PortRange { First = 5433, Last = 5433 }));
        await pair.ServeBytesAsync(5433, family);
        var expected = MeshedPair.Client(family) + "\n";
        await using var stream = await pair.ConnectAsync(pair.Network.Peer, MeshedPair.Address(family), 5433, Token);
        Assert.Equal(expected, await new WireReader(stream).ReadTextAsync(expected.Length, Token));
        Assert.Empty(pair.Server.CollectTraffic().Series);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task Skipped_OutboundSubnet_LeavesDirectly(AddressFamily family)
    {
        await using var pair = await MeshedPair.StartAsync(
            clientIsMeshed: false, pod => pod.SkipSubnets.Add(family == V4 ? "10.251.0.1/32" : "fd51:251::1/128"));
        using var outside = await TestNetwork.ListenAsync(pair.Network.Peer, 9000, family);
        var to = new IPEndPoint(family == V4 ? TestNetwork.PeerAddress : TestNetwork.PeerAddress6, 9000);
        using var client = await TestNetwork.ConnectAsync(pair.Network.Pod, to, Token);
        using var accepted = await outside.AcceptAsync(Token);
        // Through the proxy the other end would be a socket of the proxy's.
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.Empty(pair.Server.CollectTraffic().Series);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task Skipped_InboundSubnet_ReachesTheApplicationDirectly(AddressFamily family)
    {
        await using var pair = await MeshedPair.StartAsync(
            clientIsMeshed: false, pod => pod.SkipSubnets.Add(family == V4 ? "10.251.0.0/24" : "fd51:251::/64"));
        using var application = await TestNetwork.ListenAsync(pair.Network.Pod, 9000, family);
        using var client = await TestNetwork.ConnectAsync(pair.Network.Peer, new IPEndPoint(MeshedPair.Address(family), 9000), Token);
        using var accepted = await application.AcceptAsync(Token);
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.Empty(pair.Server.CollectTraffic().Series);
    }

    [Theory]
    [InlineData(V4)]
    [InlineData(V6)]
    public async Task Skipped_OutboundPort_LeavesDirectly(AddressFamily family)
    {
        await using var pair = await MeshedPair.StartAsync(
            clientIsMeshed: false, pod => pod.SkipOutboundPorts.Add(new PortRange { First = 8990, Last = 9000 }));
        using var outside = await TestNetwork.ListenAsync(pair.Network.Peer, 9000, family);
        var to = new IPEndPoint(family == V4 ? TestNetwork.PeerAddress : TestNetwork.PeerAddress6, 9000);
        using var client = await TestNetwork.ConnectAsync(pair.Network.Pod, to, Token);
        using var accepted = await outside.AcceptAsync(Token);
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
    }

    [Fact]
    public async Task Http_AnnotationHidesTheClient_ComesFromThePodsAddress()
    {
        await using var pair = await MeshedPair.StartAsync(clientIsMeshed: true, pod => pod.HidesClientAddress = true);
        await pair.ServeHttpAsync(V4);
        await using var stream = await pair.ConnectAsync(pair.Network.Peer, TestNetwork.PodAddress, MeshedPair.Port, Token);
        Assert.Equal("10.251.0.2", await GetAsync(stream));
        Assert.Equal(0, pair.LostSources);
    }

    [Fact]
    public async Task Http_NamespaceCouldNotBeSetUp_ComesFromThePodsAddressAndIsCounted()
    {
        await using var pair = await MeshedPair.StartAsync(clientIsMeshed: true, address: SourceAddress.Refused);
        await pair.ServeHttpAsync(V4);
        await using var stream = await pair.ConnectAsync(pair.Network.Peer, TestNetwork.PodAddress, MeshedPair.Port, Token);
        Assert.Equal("10.251.0.2", await GetAsync(stream));
        Assert.Equal(1, pair.LostSources);
        var text = new ArrayBufferWriter<byte>();
        pair.Server.WritePrometheus(text);
        Assert.Contains("inbound_client_address_lost_total 1\n", Encoding.UTF8.GetString(text.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryRemove_AfterApplyingTwice_LeavesTheNamespaceAsItWas()
    {
        using var network = new TestNetwork();
        var routing = network.Routing();
        var setup = new SourceAddressSetup(new Nftables(TimeProvider.System));
        Assert.Null(await setup.TryApplyAsync(network.Pod, Token));
        Assert.Null(await setup.TryApplyAsync(network.Pod, Token));
        Assert.Contains("fwmark 0x53a", network.Routing(), StringComparison.Ordinal);
        Assert.Contains("mesh_source", network.Rules(), StringComparison.Ordinal);

        Assert.Null(await setup.TryRemoveAsync(network.Pod, Token));

        Assert.Equal(routing, network.Routing());
        Assert.Empty(network.Rules());
        Assert.Null(await setup.TryRemoveAsync(network.Pod, Token));
    }

    [Fact]
    public async Task TryApply_Ipv6Disabled_SetsUpIpv4()
    {
        using var network = new TestNetwork();
        network.Tamper("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
        Assert.Null(await new SourceAddressSetup(new Nftables(TimeProvider.System)).TryApplyAsync(network.Pod, Token));
        Assert.Contains("fwmark 0x53a", network.Routing(), StringComparison.Ordinal);
    }

    private static void OpaquePort(Pod pod) => pod.OpaquePorts.Add(new PortRange { First = 5432, Last = 5432 });

    private static async Task<string> GetAsync(NetworkStream stream)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        // What goes astray here is not answered at all.
        var (head, body) = await new WireReader(stream).ReadResponseAsync(Token)
            .WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        return body;
    }
}
