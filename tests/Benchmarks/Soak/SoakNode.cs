using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Benchmarks.Soak;

/// <summary>One node's data plane on loopback, with pods that come and go. Thread-safe.</summary>
internal sealed class SoakNode : IAsyncDisposable
{
    private readonly Lock _publishing = new();
    private readonly FixedDestination _original = new();
    // The engine closes them; a socket that nobody refers to would be closed by its finalizer.
    private readonly ConcurrentDictionary<string, (Socket Outbound, Socket Inbound)> _listeners = new();

    public SoakNode(string name, BugLog log)
    {
        Engine = new DataPlaneEngine(
            new DataPlaneOptions
            {
                // As many as let connections of one pod meet on different loops.
                Loops = 2,
                Cluster = "soak",
                Node = name,
                SocketMark = 0,
                // What is to be shown is that nothing is lost, on machines of any speed.
                ConnectTimeout = TimeSpan.FromSeconds(20),
                HandshakeTimeout = TimeSpan.FromSeconds(20),
                UnacknowledgedTimeout = TimeSpan.FromSeconds(30),
                // Pods come with new names all the time. Their series are to go within the time that is judged.
                SeriesIdleTimeout = TimeSpan.FromSeconds(30),
                DrainTimeout = TimeSpan.FromSeconds(10),
            },
            log, TimeProvider.System, _original);
        Engine.Start();
    }

    public DataPlaneEngine Engine { get; }

    /// <summary>Changes what the proxy knows, or tells it the same again.</summary>
    public void Publish(IReadOnlyList<Resource> upserts, params string[] removals)
    {
        lock (_publishing)
        {
            Engine.Publish(Engine.Snapshot.With(upserts, removals));
        }
    }

    /// <summary>A pod whose applications connect to the port that is returned, and mean <paramref name="destination"/>.</summary>
    public int AddClient(string name, string account, (string Ip, int Port) destination)
    {
        _original.Destinations[(name, ConnectionDirection.Outbound)] = TestNode.Endpoint(destination.Ip, destination.Port);
        return AddPod(name, account, 0, [TestChain.Anyone()]).Outbound;
    }

    /// <summary>A pod whose application listens at <paramref name="port"/>; connections to it go to the port that is returned.</summary>
    public int AddServer(string name, string account, int port, IReadOnlyList<Mesh.Interfaces.NodeSession.Authorization> policy)
    {
        _original.Destinations[(name, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", port);
        return AddPod(name, account, port, policy).Inbound;
    }

    public void SetPolicy(string name, string account, int port, IReadOnlyList<Mesh.Interfaces.NodeSession.Authorization> policy) =>
        Publish([Pod(name, account, port, policy)]);

    public void RemovePod(string name)
    {
        Engine.RemovePod(name);
        _listeners.TryRemove(name, out _);
        Publish([], $"pod/{name}");
        _original.Destinations.TryRemove((name, ConnectionDirection.Inbound), out _);
    }

    /// <summary>Connections to and from a pod that are open now.</summary>
    public Task<int> ConnectionsOfAsync(string name) => SumAsync(loop => loop.ConnectionsOf(name));

    /// <summary>Buffers in use.</summary>
    public Task<int> RentedAsync() => SumAsync(loop => loop.Loop.Buffers.Rented);

    public async ValueTask DisposeAsync() => await Engine.DisposeAsync();

    private static Resource Pod(string name, string account, int port, IReadOnlyList<Mesh.Interfaces.NodeSession.Authorization> policy) => new()
    {
        Key = $"pod/{name}",
        Pod = new Pod
        {
            Uid = name,
            Namespace = SoakMesh.Namespace,
            Name = name,
            ServiceAccount = account,
            OwnerKind = "deployment",
            OwnerName = account,
            Ips = { "127.0.0.1" },
            Inbound = new InboundPolicy
            {
                DefaultPolicy = new PortPolicy { ServerKind = "server", ServerName = $"port-{port}", Authorizations = { policy } },
            },
        },
    };

    private (int Outbound, int Inbound) AddPod(
        string name, string account, int port, IReadOnlyList<Mesh.Interfaces.NodeSession.Authorization> policy)
    {
        // Known before its first connection, as enrolment has it.
        Publish([Pod(name, account, port, policy)]);
        var (outbound, inbound) = _listeners[name] = (Listen(), Listen());
        Engine.AddPod(new EnrolledPod
        {
            Uid = name,
            Namespace = SoakMesh.Namespace,
            Name = name,
            OutboundListeners = [outbound.SafeHandle],
            InboundListeners = [inbound.SafeHandle],
        });
        return (Port(outbound), Port(inbound));
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        return socket;
    }

    // Each loop is asked on its own thread.
    private async Task<int> SumAsync(Func<ProxyLoop, int> read)
    {
        var sum = 0;
        foreach (var loop in Engine.Loops)
        {
            var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Loop.Post(() => done.SetResult(read(loop)));
            sum += await done.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        }
        return sum;
    }
}
