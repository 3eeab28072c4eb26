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
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>
/// A client pod and a server pod on two nodes, as in a cluster: network namespaces, redirect rules, IPv4 and IPv6, an engine each. The
/// client can also be left out of the mesh. Needs root.
/// </summary>
internal sealed class MeshedPair : IAsyncDisposable
{
    public const int Port = 8080;
    private const string ServerUid = "uid-bb";
    private const string ClientUid = "uid-slow-cooker";
    private readonly List<DataPlaneEngine> _engines = [];
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _serving = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TestAuthority _authority = new();

    public TestNetwork Network { get; } = new();

    public DataPlaneEngine Server => _engines[0];

    public long LostSources => Server.Loops.Sum(loop => loop.Metrics.LostSources);

    /// <param name="clientIsMeshed">Whether the client's connections go through a proxy of its own.</param>
    /// <param name="prepare">Last changes to the server pod.</param>
    /// <param name="address">What the server pod's application may be shown; null: what the set-up of its namespace says.</param>
    public static async Task<MeshedPair> StartAsync(bool clientIsMeshed, Action<Pod>? prepare = null, SourceAddress? address = null)
    {
        var pair = new MeshedPair();
        var server = pair.Pod(ServerUid, "bb", [TestNetwork.PodAddress, TestNetwork.PodAddress6]);
        prepare?.Invoke(server);
        await pair.EnrolAsync(server, pair.Network.Pod, address, pair.Destinations(server));
        if (clientIsMeshed)
        {
            var client = pair.Pod(ClientUid, "slow-cooker", [TestNetwork.PeerAddress, TestNetwork.PeerAddress6]);
            await pair.EnrolAsync(client, pair.Network.Peer, address, pair.Destinations(server));
        }
        return pair;
    }

    public static IPAddress Address(AddressFamily family) =>
        family == AddressFamily.InterNetwork ? TestNetwork.PodAddress : TestNetwork.PodAddress6;

    public static string Client(AddressFamily family) =>
        (family == AddressFamily.InterNetwork ? TestNetwork.PeerAddress : TestNetwork.PeerAddress6).ToString();

    /// <summary>A server in the pod that answers every request with the address it came from.</summary>
    public Task ServeHttpAsync(AddressFamily family) => ServeAsync(Port, family, async (socket, stream) =>
    {
        var reader = new WireReader(stream);
        var body = From(socket);
        var answer = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        while (await reader.ReadHeadAsync(_stop.Token) is not null)
        {
            await stream.WriteAsync(answer, _stop.Token);
        }
    });

    /// <summary>A server in the pod that says the address it is called from, and then whatever it is told.</summary>
    public Task ServeBytesAsync(int port, AddressFamily family) => ServeAsync(port, family, async (socket, stream) =>
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(From(socket) + "\n"), _stop.Token);
        await stream.CopyToAsync(stream, _stop.Token);
    });

    public async Task<NetworkStream> ConnectAsync(NetworkNamespace from, IPAddress to, int port, CancellationToken cancellationToken)
    {
        var socket = await TestNetwork.ConnectAsync(from, new IPEndPoint(to, port), cancellationToken);
        socket.NoDelay = true;
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        foreach (var engine in _engines)
        {
            await engine.DisposeAsync();
        }
        await Task.WhenAll(_serving);
        Network.Dispose();
    }

    private static string From(Socket socket) => ((IPEndPoint)socket.RemoteEndPoint!).Address.ToString();

    private Pod Pod(string uid, string account, IPAddress[] addresses) => new()
    {
        Uid = uid,
        Namespace = "mc-demo",
        Name = $"{account}-0",
        ServiceAccount = account,
        Ips = { addresses.Select(address => address.ToString()) },
        Inbound = new InboundPolicy
        {
            DefaultPolicy = new PortPolicy
            {
                ServerKind = "default",
                ServerName = "all-unauthenticated",
                Authorizations =
                {
                    new Proto
                    {
                        Kind = "default",
                        Name = "all-unauthenticated",
                        Tls = TlsCondition.Unauthenticated,
                        Networks = { new Network { Cidr = "10.251.0.0/24" }, new Network { Cidr = "fd51:251::/64" } },
                    },
                },
            },
        },
    };

    // The pod's own addresses, and a service (10.251.0.77, fd51:251::77) whose only endpoint is the pod.
    private Resource[] Destinations(Pod server)
    {
        var resources = new List<Resource>();
        foreach (var ip in server.Ips)
        {
            foreach (var port in new[] { Port, 5432, 5433 })
            {
                foreach (var at in new[] { ip, ip.Replace("::2", "::77", StringComparison.Ordinal).Replace(".0.2", ".0.77", StringComparison.Ordinal) })
                {
                    resources.Add(new Resource
                    {
                        Key = $"destination/{(at.Contains(':', StringComparison.Ordinal) ? $"[{at}]" : at)}:{port}",
                        Destination = new Destination
                        {
                            Address = new Interfaces.NodeSession.SocketAddress { Ip = at, Port = (uint)port },
                            Kind = Destination.Types.Kind.Pod,
                            Protocol = port == Port ? Protocol.Detect : Protocol.Opaque,
                            Endpoint = new Endpoint
                            {
                                Ip = ip,
                                Port = (uint)port,
                                Ready = true,
                                Identity = TestChain.ServerIdentity,
                                SkipInboundPorts = { server.SkipInboundPorts },
                            },
                        },
                    });
                }
            }
        }
        return [.. resources];
    }

    private async Task EnrolAsync(Pod pod, NetworkNamespace netns, SourceAddress? address, Resource[] destinations)
    {
        var nftables = new Nftables(TimeProvider.System);
        var listeners = await PodListeners.OpenAsync(netns);
        var refusal = address is null ? await new SourceAddressSetup(nftables).TryApplyAsync(netns, _stop.Token) : null;
        Assert.Null(refusal);
        await nftables.ApplyAsync(netns, PodRules.Of(pod).ToScript(), _stop.Token);
        var engine = new DataPlaneEngine(
            new DataPlaneOptions { Loops = 1, OpaqueDetectTimeout = TimeSpan.FromMilliseconds(50) }, NullLoggerFactory.Instance, TimeProvider.System);
        _engines.Add(engine);
        engine.AddPod(new EnrolledPod
        {
            Uid = pod.Uid,
            Namespace = pod.Namespace,
            Name = pod.Name,
            NetworkNamespace = netns.Duplicate(),
            OutboundListeners = listeners.Outbound,
            InboundListeners = listeners.Inbound,
            SourceAddress = address ?? SourceAddress.Client,
        });
        engine.SetCertificate(_authority.Issue(pod.Namespace, pod.ServiceAccount));
        engine.Publish(DataPlaneSnapshot.Empty.With([new Resource { Key = $"pod/{pod.Uid}", Pod = pod }, .. destinations], []));
        engine.Start();
    }

    private async Task ServeAsync(int port, AddressFamily family, Func<Socket, NetworkStream, Task> script)
    {
        var listener = await TestNetwork.ListenAsync(Network.Pod, port, family);
        _listeners.Add(listener);
        _serving.Add(AcceptAsync(listener, script));
    }

    private async Task AcceptAsync(Socket listener, Func<Socket, NetworkStream, Task> script)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RunAsync(await listener.AcceptAsync(_stop.Token), script));
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private static async Task RunAsync(Socket socket, Func<Socket, NetworkStream, Task> script)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            socket.NoDelay = true;
            await script(socket, stream);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            // The other side went away, or the test is over.
        }
    }
}
