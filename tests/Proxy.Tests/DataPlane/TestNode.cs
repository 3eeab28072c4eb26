using System.Net;
using System.Net.Sockets;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>One data plane on loopback with one pod: plain sockets instead of redirected ones, everything else real.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string Vip = "10.99.0.1";
    public const int VipPort = 8080;
    private readonly Socket _outbound = Listen();
    private readonly Socket _inbound = Listen();

    public TestNode(string ns, string serviceAccount, DataPlaneOptions? options = null)
    {
        Namespace = ns;
        ServiceAccount = serviceAccount;
        Uid = $"uid-{serviceAccount}";
        Engine = new DataPlaneEngine(options ?? Options(), NullLoggerFactory.Instance, TimeProvider.System, Original);
        OutboundPort = ((IPEndPoint)_outbound.LocalEndPoint!).Port;
        InboundPort = ((IPEndPoint)_inbound.LocalEndPoint!).Port;
        Original.Destinations[(Uid, ConnectionDirection.Outbound)] = Endpoint(Vip, VipPort);
        Engine.AddPod(new EnrolledPod
        {
            Uid = Uid,
            Namespace = ns,
            Name = $"{serviceAccount}-0",
            OutboundListeners = [_outbound.SafeHandle],
            InboundListeners = [_inbound.SafeHandle],
        });
    }

    public string Namespace { get; }

    public string ServiceAccount { get; }

    public string Uid { get; }

    public int OutboundPort { get; }

    public int InboundPort { get; }

    public FixedDestination Original { get; } = new();

    public DataPlaneEngine Engine { get; }

    public ProxyLoop Loop => Engine.Loops[0];

    public static DataPlaneOptions Options(string accessLogPath = "", Uri? traceCollector = null) => new()
    {
        AccessLogPath = accessLogPath,
        TraceCollector = traceCollector,
        TraceInterval = TimeSpan.FromMilliseconds(20),
        TraceTimeout = TimeSpan.FromSeconds(2),
        Loops = 1,
        SocketMark = 0,
        DetectTimeout = TimeSpan.FromMilliseconds(300),
        OpaqueDetectTimeout = TimeSpan.FromMilliseconds(100),
        DiscoveryTimeout = TimeSpan.FromMilliseconds(300),
        HandshakeTimeout = TimeSpan.FromSeconds(2),
        LingerTimeout = TimeSpan.FromMilliseconds(500),
        UntrustedGrace = TimeSpan.FromSeconds(3),
        DrainTimeout = TimeSpan.FromSeconds(5),
    };

    public static SocketEndpoint Endpoint(string ip, int port) =>
        SocketEndpoint.TryCreate(ip, (uint)port, out var endpoint) ? endpoint : throw new ArgumentException($"{ip}:{port}");

    public Resource Pod(InboundPolicy policy) => new()
    {
        Key = $"pod/{Uid}",
        Pod = new Pod
        {
            Uid = Uid,
            Namespace = Namespace,
            Name = $"{ServiceAccount}-0",
            ServiceAccount = ServiceAccount,
            OwnerKind = "deployment",
            OwnerName = ServiceAccount,
            Ips = { "127.0.0.1" },
            Inbound = policy,
        },
    };

    public void Apply(params Resource[] resources) => Engine.Publish(Engine.Snapshot.With(resources, []));

    public long Errors(ConnectionDirection direction, ProxyError error) => Loop.Metrics.Errors(direction, error);

    /// <summary>As <see cref="Errors"/>, when the loop has done what it is at: a client may learn of a refusal before it is counted.</summary>
    public Task<long> ErrorsAsync(ConnectionDirection direction, ProxyError error) => OnLoopAsync(() => Errors(direction, error));

    /// <summary>Runs on the loop, and waits until it has.</summary>
    public async Task<T> OnLoopAsync<T>(Func<T> read)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Loop.Loop.Post(() => done.SetResult(read()));
        return await done.Task.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _outbound.Dispose();
        _inbound.Dispose();
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        return socket;
    }
}
