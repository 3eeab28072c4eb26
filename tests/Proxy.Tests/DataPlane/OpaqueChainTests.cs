using System.Net.Sockets;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.DataPlane;

[Collection(nameof(EngineTests))]
public sealed class OpaqueChainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_OfAnUnknownProtocol_PassBothWays()
    {
        await using var chain = TestChain.Start(Upper());
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("\u0001binary"u8.ToArray(), Token);
        Assert.Equal("\u0001BINARY", await new WireReader(client).ReadTextAsync(7, Token));
        var series = Assert.Single(chain.Client.Engine.CollectTraffic().Series);
        Assert.Equal(1UL, series.ConnectionsOpen);
        Assert.True(series.Tls);
    }

    [Fact]
    public async Task Http2Preface_ToAnOpaquePort_PassesAsBytes()
    {
        await using var chain = TestChain.Start(Upper(), protocol: Protocol.Opaque);
        var pod = chain.Server.Pod(TestChain.Allow(TestChain.Anyone()));
        pod.Pod.OpaquePorts.Add(new PortRange { First = (uint)chain.Backend.Port, Last = (uint)chain.Backend.Port });
        chain.Server.Apply(pod);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nabc"u8.ToArray(), Token);
        Assert.EndsWith("ABC", await new WireReader(client).ReadTextAsync(27, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_ThatSpeaksFirst_IsHeardAfterTheDetectionTimeLimit()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await stream.WriteAsync("220 hello\r\n"u8.ToArray(), stop);
            await new WireReader(stream).ReadToEndAsync(stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        Assert.Equal("220 hello\r\n", await new WireReader(client).ReadTextAsync(11, Token));
    }

    [Fact]
    public async Task Server_ThatSpeaksFirstOnAnOpaquePort_IsHeardAtOnce()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await stream.WriteAsync("220 hello\r\n"u8.ToArray(), stop);
            await new WireReader(stream).ReadToEndAsync(stop);
        });
        var slow = new DataPlaneOptions { Loops = 1, SocketMark = 0, DetectTimeout = TimeSpan.FromMinutes(5) };
        await using var chain = TestChain.Start(backend, clientOptions: slow, serverOptions: slow);
        var pod = chain.Server.Pod(TestChain.Allow(TestChain.Anyone()));
        pod.Pod.OpaquePorts.Add(new PortRange { First = (uint)backend.Port, Last = (uint)backend.Port });
        chain.Server.Apply(pod);
        var endpoint = chain.ServerEndpoint();
        endpoint.OpaquePorts.Add(new PortRange { First = endpoint.Port, Last = endpoint.Port });
        chain.Client.Apply(TestChain.Endpoints(endpoint));
        await using var meshed = await chain.ConnectAsync(Token);
        Assert.Equal("220 hello\r\n", await new WireReader(meshed).ReadTextAsync(11, Token));
        await using var unmeshed = await TestChain.ConnectAsync(chain.Server.InboundPort, Token);
        Assert.Equal("220 hello\r\n", await new WireReader(unmeshed).ReadTextAsync(11, Token));
    }

    [Fact]
    public async Task HalfClose_OfTheClient_LeavesTheOtherDirectionOpen()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            var all = await new WireReader(stream).ReadToEndAsync(stop);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"{all.Length} bytes"), stop);
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        var payload = new byte[3_000_000];
        await client.WriteAsync(payload, Token);
        client.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("3000000 bytes", await new WireReader(client).ReadToEndAsync(Token));
        await Eventually.Holds(
            () => chain.Client.Loop.Metrics.Connections == 0 && chain.Server.Loop.Metrics.Connections == 0,
            TimeSpan.FromSeconds(5), () => $"{chain.Client.Loop.Metrics.Connections} {chain.Server.Loop.Metrics.Connections}", Token);
    }

    [Fact]
    public async Task Abort_OfTheServer_IsNotTakenForAnEnd()
    {
        await using var backend = new Backend(async (stream, stop) =>
        {
            await new WireReader(stream).ReadTextAsync(1, stop);
            stream.Socket.LingerState = new LingerOption(true, 0);
            stream.Socket.Close();
        });
        await using var chain = TestChain.Start(backend);
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("\0"u8.ToArray(), Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Connection_NotAllowed_IsClosedAndCounted()
    {
        await using var chain = TestChain.Start(Upper(), TestChain.Allow());
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("\0"u8.ToArray(), Token);
        await Assert.ThrowsAsync<IOException>(() => new WireReader(client).ReadToEndAsync(Token));
        Assert.Equal(0, chain.Backend.Accepted);
        Assert.Equal(1UL, Assert.Single(chain.Server.Engine.CollectTraffic().Series).Denied);
    }

    [Fact]
    public async Task Connection_NoLongerAllowed_IsClosedWhenPolicyChanges()
    {
        await using var chain = TestChain.Start(Upper());
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync("\0a"u8.ToArray(), Token);
        await wire.ReadTextAsync(2, Token);
        // A change that still allows it leaves it alone.
        chain.Server.Apply(chain.Server.Pod(TestChain.Allow(TestChain.MeshTls(TestChain.ClientIdentity), TestChain.MeshTls("x"))));
        await client.WriteAsync("b"u8.ToArray(), Token);
        Assert.Equal("B", await wire.ReadTextAsync(1, Token));
        chain.Server.Apply(chain.Server.Pod(TestChain.Allow(TestChain.MeshTls("x"))));
        await Assert.ThrowsAsync<IOException>(() => wire.ReadToEndAsync(Token));
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        chain.Server.Engine.WritePrometheus(text);
        Assert.Matches("inbound_tcp_authz_terminate_total\\{[^}]*\\} 1", Encoding.UTF8.GetString(text.WrittenSpan));
    }

    [Fact]
    public async Task Destination_Unknown_IsAskedForAndHeldUntilKnown()
    {
        await using var chain = TestChain.Start(Upper(), TestChain.Allow(TestChain.Anyone()));
        var asked = new TaskCompletionSource<string>();
        chain.Client.Original.Destinations[(chain.Client.Uid, ConnectionDirection.Outbound)] = TestNode.Endpoint("10.99.0.2", 80);
        chain.Client.Engine.UnknownDestination = (_, address) => asked.TrySetResult(address.ToString());
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("\0x"u8.ToArray(), Token);
        Assert.Equal("10.99.0.2:80", await asked.Task);
        var service = TestChain.Service();
        service.Destination.Address.Ip = "10.99.0.2";
        service.Destination.Address.Port = 80;
        chain.Client.Apply(service);
        Assert.Equal("\0X", await new WireReader(client).ReadTextAsync(2, Token));
        Assert.Contains(chain.Client.Engine.DestinationsInUse(), use => use is { OpenConnections: 1, Address.Port: 80 });
    }

    [Fact]
    public async Task Destination_NotExplainedInTime_IsPlainTcp()
    {
        await using var backend = Upper();
        await using var chain = TestChain.Start(backend);
        chain.Client.Original.Destinations[(chain.Client.Uid, ConnectionDirection.Outbound)] =
            TestNode.Endpoint("127.0.0.1", backend.Port);
        for (var i = 0; i < 2; i++)
        {
            await using var client = await chain.ConnectAsync(Token);
            await client.WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray(), Token);
            Assert.StartsWith("GET /", await new WireReader(client).ReadTextAsync(16, Token), StringComparison.Ordinal);
        }
        // The second did not wait again.
        Assert.Equal(1, await chain.Client.ErrorsAsync(ConnectionDirection.Outbound, ProxyError.DiscoveryTimeout));
    }

    [Fact]
    public async Task Endpoint_NotMeshed_IsSpokenToInPlaintext()
    {
        await using var backend = Upper();
        await using var chain = TestChain.Start(backend);
        var plain = chain.ServerEndpoint(identity: "");
        plain.Port = (uint)backend.Port;
        chain.Client.Apply(TestChain.Endpoints(plain));
        await using var client = await chain.ConnectAsync(Token);
        await client.WriteAsync("\0x"u8.ToArray(), Token);
        Assert.Equal("\0X", await new WireReader(client).ReadTextAsync(2, Token));
        Assert.False(Assert.Single(chain.Client.Engine.CollectTraffic().Series).Tls);
    }

    [Fact]
    public async Task Pod_Removed_ClosesItsConnections()
    {
        await using var chain = TestChain.Start(Upper());
        await using var client = await chain.ConnectAsync(Token);
        var wire = new WireReader(client);
        await client.WriteAsync("\0x"u8.ToArray(), Token);
        await wire.ReadTextAsync(2, Token);
        chain.Client.Engine.RemovePod(chain.Client.Uid);
        await Assert.ThrowsAsync<IOException>(() => wire.ReadToEndAsync(Token));
    }

    private static Backend Upper() => new(async (stream, stop) =>
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, stop)) > 0)
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(buffer, 0, read).ToUpperInvariant()), stop);
        }
    });
}
