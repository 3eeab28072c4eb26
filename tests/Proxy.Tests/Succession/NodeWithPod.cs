using System.Net;
using System.Net.Sockets;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Session;
using Mesh.Proxy.Tests.Certificates;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Proxy.Tests.Netns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Succession;

/// <summary>
/// A node's disk as a proxy leaves it with one pod enrolled, the pod's network namespace, and an application in the pod: HTTP on port 8080
/// (<c>GET /held</c> is answered only after <see cref="Release"/>) and an echo on the opaque port 9000. Needs root, and no control plane.
/// </summary>
internal sealed class NodeWithPod : IAsyncDisposable
{
    public const int HttpPort = 8080;
    public const int EchoPort = 9000;
    private readonly List<ProxyProcess> _processes = [];
    private readonly CancellationTokenSource _end = new();
    private readonly TestIssuer _issuer = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Socket> _listeners = [];
    private int _held;

    private NodeWithPod()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        AdminPort = ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    public TemporaryDirectory Directory { get; } = new();

    public TestNetwork Network { get; } = new();

    public int AdminPort { get; }

    /// <summary>Requests the application has and does not answer yet.</summary>
    public int Held => Volatile.Read(ref _held);

    public static async Task<NodeWithPod> CreateAsync()
    {
        var node = new NodeWithPod();
        node.WriteDisk();
        await node.ServeAsync(HttpPort, node.AnswerAsync);
        await node.ServeAsync(EchoPort, EchoAsync);
        return node;
    }

    public void Release() => _released.TrySetResult();

    public ProxyProcess Start(string podName, int drainSeconds = 30)
    {
        var process = ProxyProcess.Start(Directory, podName, AdminPort, drainSeconds);
        _processes.Add(process);
        return process;
    }

    /// <summary>As somebody outside of the pod.</summary>
    public async Task<NetworkStream> ConnectAsync(int port, CancellationToken cancellationToken) => new(
        await TestNetwork.ConnectAsync(Network.Peer, new IPEndPoint(TestNetwork.PodAddress, port), cancellationToken), ownsSocket: true);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listeners.ForEach(listener => listener.Dispose());
        _processes.ForEach(process => process.Dispose());
        _end.Dispose();
        _issuer.Dispose();
        Network.Dispose();
        Directory.Dispose();
    }

    private void WriteDisk()
    {
        var options = Directory.Options();
        File.WriteAllText(options.TrustAnchorsPath, _issuer.AnchorPem);
        File.WriteAllText(options.TokenPath, "a token");
        var pod = new Pod
        {
            Uid = "u1",
            Namespace = "mc-demo",
            Name = "bb-1",
            ServiceAccount = "bb",
            Ips = { TestNetwork.PodAddress.ToString() },
            Inbound = TestChain.Allow(TestChain.Anyone()),
            OpaquePorts = { new PortRange { First = EchoPort, Last = EchoPort } },
        };
        var resources = new ResourceStore(new FakeDataPlane(), options.ResourceFile, NullLogger<ResourceStore>.Instance);
        resources.Apply(new Update { Upserts = { new Resource { Key = "pod/u1", Version = 1, Pod = pod } } });
        resources.Save();
        new EnrolmentFile(options.EnrolmentFile, NullLogger.Instance).Save(
            [new("c1", "mc-demo", "bb-1", "u1", Network.PodPath, Network.Pod.Inode, [TestNetwork.PodAddress.ToString()])]);
        var identity = new WorkloadIdentity("bb", "mc-demo", "cluster.local");
        using var order = new CertificateOrder(identity, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        System.IO.Directory.CreateDirectory(options.RunDirectory);
        new CertificateFiles(options.CertificateDirectory, options.TrustAnchorsPath)
            .Save(order.Accept(_issuer.Sign(order.Request(), now.AddHours(-1), now.AddDays(1))));
    }

    private async Task ServeAsync(int port, Func<NetworkStream, Task> serve)
    {
        var listener = await TestNetwork.ListenAsync(Network.Pod, port);
        _listeners.Add(listener);
        _ = AcceptAsync(listener, serve);
    }

    private async Task AcceptAsync(Socket listener, Func<NetworkStream, Task> serve)
    {
        try
        {
            while (true)
            {
                _ = serve(new NetworkStream(await listener.AcceptAsync(_end.Token), ownsSocket: true));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        await using (stream)
        {
            try
            {
                var reader = new WireReader(stream);
                while (await reader.ReadHeadAsync(_end.Token) is { } head)
                {
                    if (head.StartsWith("GET /held", StringComparison.Ordinal))
                    {
                        Interlocked.Increment(ref _held);
                        await _released.Task.WaitAsync(_end.Token);
                    }
                    await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray(), _end.Token);
                }
            }
            catch (Exception end) when (end is OperationCanceledException or IOException)
            {
                // The client or the test has ended.
            }
        }
    }

    private static async Task EchoAsync(NetworkStream stream)
    {
        await using (stream)
        {
            try
            {
                await stream.CopyToAsync(stream);
            }
            catch (IOException)
            {
                // The client has ended.
            }
        }
    }
}
