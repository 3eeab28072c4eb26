using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>Client pod → its proxy → mutual TLS → the server pod's proxy → an application; all on loopback.</summary>
internal sealed class TestChain : IAsyncDisposable
{
    public const string ClientIdentity = "slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local";
    public const string ServerIdentity = "bb.mc-demo.serviceaccount.identity.linkerd.cluster.local";

    private readonly Backend? _backend;

    private TestChain(Backend? backend, int port, TestAuthority authority, DataPlaneOptions? clientOptions, DataPlaneOptions? serverOptions)
    {
        _backend = backend;
        Authority = authority;
        Client = new TestNode("mc-demo", "slow-cooker", clientOptions);
        Server = new TestNode("mc-demo", "bb", serverOptions);
        Server.Original.Destinations[(Server.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", port);
    }

    public Backend Backend => _backend ?? throw new InvalidOperationException("The chain leads to an application of another kind.");

    public TestAuthority Authority { get; }

    public TestNode Client { get; }

    public TestNode Server { get; }

    public static TestChain Start(
        Backend backend, InboundPolicy? policy = null, DataPlaneOptions? clientOptions = null, DataPlaneOptions? serverOptions = null,
        Protocol protocol = Protocol.Detect) => Start(backend, backend.Port, policy, clientOptions, serverOptions, protocol);

    /// <summary>To an application that is there already, on loopback.</summary>
    public static TestChain StartTo(
        int port, InboundPolicy? policy = null, DataPlaneOptions? clientOptions = null, DataPlaneOptions? serverOptions = null,
        Protocol protocol = Protocol.Detect) => Start(null, port, policy, clientOptions, serverOptions, protocol);

    private static TestChain Start(
        Backend? backend, int port, InboundPolicy? policy, DataPlaneOptions? clientOptions, DataPlaneOptions? serverOptions, Protocol protocol)
    {
        var chain = new TestChain(backend, port, new TestAuthority(), clientOptions, serverOptions);
        chain.Client.Engine.SetCertificate(chain.Authority.Issue("mc-demo", "slow-cooker"));
        chain.Server.Engine.SetCertificate(chain.Authority.Issue("mc-demo", "bb"));
        chain.Server.Apply(chain.Server.Pod(policy ?? Allow(MeshTls(ClientIdentity))));
        chain.Client.Apply(
            chain.Client.Pod(Allow(Anyone())), Service(protocol), Endpoints(chain.ServerEndpoint()));
        chain.Client.Engine.Start();
        chain.Server.Engine.Start();
        return chain;
    }

    public static Resource Service(Protocol protocol = Protocol.Detect) => new()
    {
        Key = $"destination/{TestNode.Vip}:{TestNode.VipPort}",
        Destination = new Destination
        {
            Address = new Interfaces.NodeSession.SocketAddress { Ip = TestNode.Vip, Port = TestNode.VipPort },
            Kind = Destination.Types.Kind.Service,
            Namespace = "mc-demo",
            Service = "bb-target",
            EndpointSet = "endpoints/east/mc-demo/bb",
            EndpointPort = 8080,
            EndpointPortName = "http",
            Protocol = protocol,
        },
    };

    public static Resource Endpoints(params Endpoint[] endpoints) => new()
    {
        Key = "endpoints/east/mc-demo/bb",
        EndpointSet = new EndpointSet
        {
            Cluster = "east",
            Namespace = "mc-demo",
            Service = "bb",
            Ports = { new EndpointPort { Name = "http", ServicePort = 8080, TargetPort = 8080 } },
            Endpoints = { endpoints },
        },
    };

    public static InboundPolicy Allow(params Proto[] authorizations) => new()
    {
        DefaultPolicy = new PortPolicy { ServerKind = "server", ServerName = "bb-server", Authorizations = { authorizations } },
    };

    public static Proto MeshTls(params string[] identities) => new()
    {
        Kind = "authorizationpolicy",
        Name = "bb-authz",
        Tls = TlsCondition.MeshTlsIdentities,
        Identities = { identities },
        Networks = { new Network { Cidr = "0.0.0.0/0" } },
    };

    public static Proto Anyone() => new()
    {
        Kind = "default",
        Name = "all-unauthenticated",
        Tls = TlsCondition.Unauthenticated,
        Networks = { new Network { Cidr = "0.0.0.0/0" } },
    };

    public static async Task<NetworkStream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public Endpoint ServerEndpoint(string identity = ServerIdentity) => new()
    {
        Ip = "127.0.0.1",
        Port = (uint)Server.InboundPort,
        Namespace = "mc-demo",
        Pod = "bb-0",
        Cluster = "east",
        Identity = identity,
        OwnerKind = "deployment",
        OwnerName = "bb",
        Ready = true,
    };

    /// <summary>As the client pod's application.</summary>
    public Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken) => ConnectAsync(Client.OutboundPort, cancellationToken);

    /// <summary>Sends bytes as the application and reads one response.</summary>
    public async Task<(string Head, string Body)> ExchangeAsync(string request, CancellationToken cancellationToken)
    {
        await using var stream = await ConnectAsync(cancellationToken);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancellationToken);
        return await new WireReader(stream).ReadResponseAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        if (_backend is not null)
        {
            await _backend.DisposeAsync();
        }
    }
}
