using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Session;
using Mesh.Proxy.Tls;
using Microsoft.Extensions.Logging;
using Proto = Mesh.Interfaces.NodeSession.Authorization;

namespace Mesh.Benchmarks.Proxies;

/// <summary>
/// One of our two proxies as a process: the data plane as the node's proxy has it, with its default settings but one loop, one enrolled
/// pod, policy by identity and traffic collected every second. What is missing is what would be idle meanwhile: session, enrolment, admin.
/// All addresses being the same one, there is no client's address to keep; that costs two system calls per connection, none per request.
/// </summary>
internal sealed class MeshProcess(string role, int listen, int upstream, Identities identities, MeshMode mode)
{
    private const string Service = "10.99.0.1";
    private const int ServicePort = 80;
    private static readonly TlsOptions NoResumption = TlsOptions.Default with { ResumptionLifetime = TimeSpan.Zero };
    private const string EndpointSet = "endpoints/bench/bench/server";

    private bool IsOpaque => mode is MeshMode.Opaque or MeshMode.OpaqueNotResumed;

    /// <summary>Serves until SIGTERM or SIGINT.</summary>
    public async Task RunAsync()
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var loggers = LoggerFactory.Create(builder => builder.AddSimpleConsole());
        var original = new KnownDestination(
            role == Identities.Client ? Endpoint(Service, ServicePort) : Endpoint("127.0.0.1", upstream));
        await using var engine = new DataPlaneEngine(
            new DataPlaneOptions
            {
                Loops = 1,
                SocketMark = 0,
                DrainTimeout = TimeSpan.Zero,
                Tls = mode == MeshMode.OpaqueNotResumed ? NoResumption : TlsOptions.Default,
            },
            loggers, TimeProvider.System, original);
        engine.SetCertificate(identities.Load(role));
        engine.Publish(engine.Snapshot.With(role == Identities.Client ? ClientResources() : ServerResources(), []));
        engine.Start();
        using var listener = Listen();
        using var unused = Listen(0);
        engine.AddPod(new EnrolledPod
        {
            Uid = role,
            Namespace = "bench",
            Name = role,
            OutboundListeners = [role == Identities.Client ? listener.SafeHandle : unused.SafeHandle],
            InboundListeners = [role == Identities.Client ? unused.SafeHandle : listener.SafeHandle],
        });
        await CollectAsync(engine, stop.Token);

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task CollectAsync(DataPlaneEngine engine, CancellationToken stop)
    {
        var waiting = new TrafficBuffer();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                waiting.Add(engine.CollectTraffic());
                _ = waiting.Take().CalculateSize();
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }
    }

    private static SocketEndpoint Endpoint(string ip, int port) =>
        SocketEndpoint.TryCreate(ip, (uint)port, out var endpoint) ? endpoint : throw new ArgumentException($"{ip}:{port}");

    private static Proto Anyone() => new()
    {
        Kind = "default",
        Name = "all-unauthenticated",
        Tls = TlsCondition.Unauthenticated,
        Networks = { new Network { Cidr = "0.0.0.0/0" } },
    };

    private static Proto OnlyTheClient() => new()
    {
        Kind = "authorizationpolicy",
        Name = "clients",
        Tls = TlsCondition.MeshTlsIdentities,
        Identities = { Identities.NameOf(Identities.Client) },
        Networks = { new Network { Cidr = "0.0.0.0/0" } },
    };

    private Resource[] ServerResources()
    {
        var pod = Pod(OnlyTheClient());
        if (IsOpaque)
        {
            pod.Pod.OpaquePorts.Add(new PortRange { First = (uint)upstream, Last = (uint)upstream });
        }
        return [pod];
    }

    private Resource[] ClientResources() =>
    [
        Pod(Anyone()),
        new Resource
        {
            Key = $"destination/{Service}:{ServicePort}",
            Destination = new Destination
            {
                Address = new Interfaces.NodeSession.SocketAddress { Ip = Service, Port = ServicePort },
                Kind = Destination.Types.Kind.Service,
                Namespace = "bench",
                Service = "server",
                EndpointSet = EndpointSet,
                EndpointPort = ServicePort,
                EndpointPortName = "port",
                Protocol = IsOpaque ? Protocol.Opaque : Protocol.Detect,
            },
        },
        new Resource
        {
            Key = EndpointSet,
            EndpointSet = new EndpointSet
            {
                Cluster = "bench",
                Namespace = "bench",
                Service = "server",
                Ports = { new EndpointPort { Name = "port", ServicePort = ServicePort, TargetPort = (uint)upstream } },
                Endpoints =
                {
                    new Endpoint
                    {
                        Ip = "127.0.0.1",
                        Port = (uint)upstream,
                        Namespace = "bench",
                        Pod = "server-0",
                        Cluster = "bench",
                        Identity = Identities.NameOf(Identities.Server),
                        OwnerKind = "deployment",
                        OwnerName = "server",
                        Ready = true,
                    },
                },
            },
        },
    ];

    private Resource Pod(Proto authorization) => new()
    {
        Key = $"pod/{role}",
        Pod = new Pod
        {
            Uid = role,
            Namespace = "bench",
            Name = role,
            ServiceAccount = role,
            OwnerKind = "deployment",
            OwnerName = role,
            Ips = { "127.0.0.1" },
            Inbound = new InboundPolicy
            {
                DefaultPolicy = new PortPolicy { ServerKind = "server", ServerName = "bench", Authorizations = { authorization } },
            },
        },
    };

    private Socket Listen() => Listen(listen);

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen(4096);
        return socket;
    }

    /// <summary>Every redirected connection was going to the same place.</summary>
    private sealed class KnownDestination(SocketEndpoint destination) : IOriginalDestination
    {
        public bool TryGet(NativeSocket socket, EnrolledPod pod, ConnectionDirection direction, out SocketEndpoint found)
        {
            found = destination;
            return true;
        }
    }
}
