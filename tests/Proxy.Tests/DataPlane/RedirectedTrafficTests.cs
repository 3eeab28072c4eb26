using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Netns;
using Mesh.Proxy.NetworkRules;
using Mesh.Proxy.Tests.Netns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>The engine as on a node: a pod in its own network namespace, real redirect rules, marked sockets. Needs root.</summary>
[Collection(nameof(EngineTests))]
public sealed class RedirectedTrafficTests
{
    private const string Uid = "uid-redirected";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InboundConnection_Redirected_ReachesTheApplicationInThePod()
    {
        using var network = new TestNetwork();
        await using var engine = await EnrolAsync(network);
        using var application = await TestNetwork.ListenAsync(network.Pod, 8080);
        using var client = await TestNetwork.ConnectAsync(network.Peer, new IPEndPoint(TestNetwork.PodAddress, 8080), Token);
        var serving = AnswerAsync(application);
        await using var stream = new NetworkStream(client);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var (head, body) = await new WireReader(stream).ReadResponseAsync(Token);
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.StartsWith("10.251.0.2", body, StringComparison.Ordinal);
        await serving;
        Assert.Equal(1UL, Assert.Single(engine.CollectTraffic().Series).Success);
    }

    [Fact]
    public async Task OutboundConnection_Redirected_ReachesAnEndpointOfTheServiceFromThePodsAddress()
    {
        using var network = new TestNetwork();
        await using var engine = await EnrolAsync(network);
        using var application = await TestNetwork.ListenAsync(network.Peer, 9090);
        // Nobody has this address; the proxy answers for it.
        using var client = await TestNetwork.ConnectAsync(network.Pod, new IPEndPoint(IPAddress.Parse("10.251.0.77"), 80), Token);
        var serving = AnswerAsync(application);
        await using var stream = new NetworkStream(client);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
        var (_, body) = await new WireReader(stream).ReadResponseAsync(Token);
        Assert.StartsWith("10.251.0.2", body, StringComparison.Ordinal);
        await serving;
        Assert.Equal("web", Assert.Single(engine.CollectTraffic().Series).Service);
    }

    [Fact]
    public async Task OutboundConnection_ToTheProxysOwnPort_IsRefused()
    {
        using var network = new TestNetwork();
        await using var engine = await EnrolAsync(network);
        foreach (var port in new[] { 15001, 15006 })
        {
            var failure = await Record.ExceptionAsync(async () =>
            {
                using var client = await TestNetwork.ConnectAsync(network.Peer, new IPEndPoint(TestNetwork.PodAddress, port), Token);
                await using var stream = new NetworkStream(client);
                await stream.WriteAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Token);
                Assert.Equal("", await new WireReader(stream).ReadToEndAsync(Token));
            });
            Assert.True(failure is IOException or SocketException, failure?.ToString() ?? "not refused");
        }
    }

    private static async Task<DataPlaneEngine> EnrolAsync(TestNetwork network)
    {
        var pod = new Pod
        {
            Uid = Uid,
            Namespace = "shop",
            Name = "web-0",
            ServiceAccount = "web",
            Ips = { "10.251.0.2" },
            Inbound = TestChain.Allow(TestChain.Anyone()),
        };
        var listeners = await PodListeners.OpenAsync(network.Pod);
        await new Nftables(TimeProvider.System).ApplyAsync(network.Pod, PodRules.Of(pod).ToScript(), Token);
        var engine = new DataPlaneEngine(new DataPlaneOptions { Loops = 2 }, NullLoggerFactory.Instance, TimeProvider.System);
        engine.AddPod(new EnrolledPod
        {
            Uid = Uid,
            Namespace = "shop",
            Name = "web-0",
            NetworkNamespace = network.Pod.Duplicate(),
            OutboundListeners = listeners.Outbound,
            InboundListeners = listeners.Inbound,
        });
        var service = TestChain.Service();
        service.Destination.Address.Ip = "10.251.0.77";
        service.Destination.Address.Port = 80;
        service.Destination.Service = "web";
        engine.Publish(DataPlaneSnapshot.Empty.With(
            [
                new Resource { Key = $"pod/{Uid}", Pod = pod },
                service,
                TestChain.Endpoints(new Endpoint { Ip = "10.251.0.1", Port = 9090, Ready = true }),
            ],
            []));
        engine.Start();
        return engine;
    }

    private static async Task AnswerAsync(Socket listener)
    {
        using var socket = await listener.AcceptAsync(Token);
        await using var stream = new NetworkStream(socket);
        await new WireReader(stream).ReadHeadAsync(Token);
        var body = socket.RemoteEndPoint!.ToString()!;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"), Token);
    }
}
