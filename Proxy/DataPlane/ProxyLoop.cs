using Mesh.Proxy.AccessLogs;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Http2.Hpack;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>One loop with what it carries: listeners, pods, connections. All members but those of the engine run on the loop's thread.</summary>
internal sealed class ProxyLoop : ITimerTarget, ISessionLoop
{
    private const long Second = 1000;
    private readonly Dictionary<string, PodRuntime> _pods = new(StringComparer.Ordinal);
    private readonly HashSet<DownstreamConnection> _parked = [];
    private readonly Dictionary<SocketEndpoint, long> _asked = [];
    private readonly List<DownstreamConnection> _walk = [];
    private readonly List<Http2Session> _dirty = [];
    private readonly LoopTimer _housekeeping;
    private NamespaceEntrance? _entrance;
    private long _nextSweep = 60 * Second;
    private long _nextRecheck;
    private long _nextAcceptWarning;
    private long _nextPodWarning;
    private long _closeIdleAt = long.MaxValue;

    public ProxyLoop(int index, DataPlaneState state)
    {
        State = state;
        Metrics = new LoopMetrics(state.Options.MaxSeriesPerLoop);
        AccessLog = new AccessLog(state.AccessLog, state.Time);
        _housekeeping = new LoopTimer(this);
        Loop = new EventLoop($"mesh-loop-{index}", state.Time, bug => DataPlaneLog.Bug(state.Logger, bug))
        {
            OnStart = () =>
            {
                _entrance = new NamespaceEntrance();
                Loop!.Timers.Set(_housekeeping, Second);
            },
            OnTurn = FlushSessions,
        };
    }

    /// <summary>What asks for a tunnel through a shared connection. The other side knows where to by the connection it comes over.</summary>
    public HeaderList TunnelHeaders { get; } = CreateTunnelHeaders();

    /// <summary>What a tunnel is accepted with.</summary>
    public HeaderList TunnelAnswer { get; } = CreateTunnelAnswer();

    public EventLoop Loop { get; }

    public DataPlaneState State { get; }

    public DataPlaneOptions Options => State.Options;

    public LoopMetrics Metrics { get; }

    public AccessLog AccessLog { get; }

    public DataPlaneSnapshot Snapshot => State.Snapshot;

    /// <summary>No new connections, and those there are end when they can.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Connections between two requests end.</summary>
    public bool ClosesIdle { get; private set; }

    /// <summary>Inbound connections carried as bytes, which a change of policy may end.</summary>
    public HashSet<InboundConnection> OpaqueInbound { get; } = [];

    /// <returns>The current certificate of the pod's service account; null: there is none, or the pod is not known.</returns>
    public TlsContext? Certificate(PodRuntime pod) =>
        Snapshot.Pod(pod.Pod.Uid) is { } model ? State.Certificates.GetValueOrDefault(model.ServiceAccount) : null;

    /// <exception cref="IOException">The pod's namespace is gone, or the system has no descriptors left.</exception>
    public NativeSocket OpenSocket(PodRuntime pod, IpValue towards, int mark) =>
        _entrance!.Open(pod.Pod.NetworkNamespace, towards, mark);

    /// <summary>A pod's application sees the pod's own address where it should have seen a client's.</summary>
    public void OnSourceLost(PodRuntime pod, IpValue client, string reason)
    {
        Metrics.CountLostSource();
        // The enrolment has logged what is refused as a whole.
        if (!pod.IsLostSourceLogged && pod.Pod.SourceAddress == SourceAddress.Client)
        {
            DataPlaneLog.SourceLost(State.Logger, pod.Pod.Namespace, pod.Pod.Name, client, reason);
        }
        pod.IsLostSourceLogged = true;
    }

    /// <summary>A pod's connections that are open now, both directions.</summary>
    public int ConnectionsOf(string uid) => _pods.TryGetValue(uid, out var runtime) ? runtime.Connections.Count : 0;

    public DestinationActivity Activity(SocketEndpoint destination)
    {
        var activity = State.Destinations.GetOrAdd(destination, static _ => new DestinationActivity());
        activity.Begin(State.Time.GetTimestamp());
        return activity;
    }

    /// <summary>Asks the control plane what <paramref name="destination"/> is.</summary>
    /// <returns>Whether an answer is worth waiting for: false when it has been asked for and did not come.</returns>
    public bool AskFor(PodRuntime pod, SocketEndpoint destination)
    {
        if (_asked.TryGetValue(destination, out var asked) && Loop.Now - asked < Options.DiscoveryRetry.TotalMilliseconds)
        {
            return Loop.Now - asked < Options.DiscoveryTimeout.TotalMilliseconds;
        }
        _asked[destination] = Loop.Now;
        State.UnknownDestination?.Invoke(pod.Pod.Uid, destination);
        return true;
    }

    /// <returns>False when it waits already.</returns>
    public bool Park(DownstreamConnection connection) => _parked.Add(connection);

    public void Unpark(DownstreamConnection connection) => _parked.Remove(connection);

    public void OnClosed(DownstreamConnection connection)
    {
        Metrics.Connections--;
        _parked.Remove(connection);
        connection.Pod.Connections.Remove(connection);
        // What travels within another connection was not accepted.
        if (connection.Stream is Channel)
        {
            connection.Pod.Pod.ReturnConnection(connection.Direction);
        }
        if (connection.Pod is { Ended: { } ended, Connections.Count: 0 })
        {
            ended.TrySetResult();
        }
    }

    /// <summary>A snapshot or a certificate is new: those who wait look again, and who came in under old policy is looked at again.</summary>
    public void OnPublished()
    {
        foreach (var runtime in _pods.Values)
        {
            runtime.Refresh(Snapshot);
        }
        _walk.Clear();
        _walk.AddRange(_parked);
        foreach (var connection in _walk)
        {
            connection.Resume();
        }
        _walk.Clear();
        _walk.AddRange(OpaqueInbound);
        foreach (var connection in _walk)
        {
            ((InboundConnection)connection).Recheck();
        }
        _walk.Clear();
    }

    /// <summary>
    /// Ends the connections whose peer would not be accepted now: its certificate has expired, or its trust anchor has been removed. After
    /// a certificate has been replaced, and every ten seconds. Clients are cut off at once; towards servers nothing new is begun, and what
    /// is on its way has <see cref="DataPlaneOptions.UntrustedGrace"/>.
    /// </summary>
    public void RecheckPeers()
    {
        var grace = (long)Options.UntrustedGrace.TotalMilliseconds;
        var (ended, retired) = (0, 0);
        Loop.Visit(source =>
        {
            if (source is not Channel { IsBroken: false, IsClosed: false, Tls: { } tls } channel
                || !State.Certificates.TryGetValue(ServiceAccountKey.Of(tls.Context.Identity), out var current)
                || (tls.RetiredAt is null && tls.IsStillTrusted(current)))
            {
                return;
            }
            tls.RetiredAt ??= Loop.Now;
            if (tls.IsServer || Loop.Now - tls.RetiredAt >= grace)
            {
                channel.Break();
                ended++;
            }
            else
            {
                retired++;
            }
        });
        _nextRecheck = Loop.Now + (retired > 0 ? Second : 10 * Second);
        if (retired > 0)
        {
            foreach (var runtime in _pods.Values)
            {
                // More than need be; they are made again when somebody wants them.
                runtime.CloseIdle();
            }
        }
        if (ended > 0)
        {
            DataPlaneLog.PeersNotTrusted(State.Logger, ended);
        }
    }

    public void AddPod(EnrolledPod pod)
    {
        var runtime = new PodRuntime(pod, Options);
        _pods.Add(pod.Uid, runtime);
        foreach (var handle in pod.OutboundListeners)
        {
            runtime.Listeners.Add(new Listener(this, runtime, handle, ConnectionDirection.Outbound));
        }
        foreach (var handle in pod.InboundListeners)
        {
            runtime.Listeners.Add(new Listener(this, runtime, handle, ConnectionDirection.Inbound));
        }
        foreach (var listener in runtime.Listeners)
        {
            if (!listener.TryStart())
            {
                throw new IOException($"epoll does not take a listener of pod {pod.Namespace}/{pod.Name}.");
            }
        }
    }

    public void RemovePod(string uid)
    {
        if (!_pods.Remove(uid, out var runtime))
        {
            return;
        }
        runtime.Listeners.ForEach(listener => listener.Stop());
        foreach (var connection in runtime.Connections.ToList())
        {
            connection.Close(abort: true);
        }
        runtime.CloseIdle();
        runtime.CloseSessions();
    }

    /// <summary>The pod's processes have ended: accepts no more, closes what rests, and lets what is under way come to its end.</summary>
    /// <param name="uid">Which pod.</param>
    /// <param name="ended">Completed when no connection is left.</param>
    public void EndPod(string uid, TaskCompletionSource ended)
    {
        if (!_pods.TryGetValue(uid, out var runtime) || runtime.Connections.Count == 0)
        {
            ended.TrySetResult();
            return;
        }
        runtime.Ended = ended;
        StopAccepting(runtime);
        Nudge(runtime);
    }

    /// <summary>Stops accepting; the rest ends by itself or with <see cref="CloseAll"/>.</summary>
    /// <param name="idle">
    /// How long connections between two requests may rest. Within this time their next request is answered, and the answer says that it
    /// is the last; so a client is spared a connection that closes just as it sends.
    /// </param>
    public void BeginStop(TimeSpan idle)
    {
        IsStopping = true;
        foreach (var runtime in _pods.Values)
        {
            StopAccepting(runtime);
            Nudge(runtime);
        }
        _closeIdleAt = Math.Min(_closeIdleAt, Loop.Now + (long)idle.TotalMilliseconds);
        CloseIdleInTime();
    }

    private static void StopAccepting(PodRuntime runtime)
    {
        runtime.Listeners.ForEach(listener => listener.Stop());
        runtime.CloseIdle();
    }

    private void CloseIdleInTime()
    {
        if (ClosesIdle || Loop.Now < _closeIdleAt)
        {
            return;
        }
        ClosesIdle = true;
        foreach (var runtime in _pods.Values)
        {
            Nudge(runtime);
        }
    }

    // HTTP/2 connections say at once that they take no more requests; others notice, between two requests, what is wanted of them.
    private static void Nudge(PodRuntime runtime)
    {
        foreach (var connection in runtime.Connections.ToList())
        {
            connection.BeginClose();
        }
    }

    public void CloseAll()
    {
        foreach (var uid in _pods.Keys.ToList())
        {
            RemovePod(uid);
        }
        _entrance?.Dispose();
    }

    public void OnAcceptFailed(ConnectionDirection direction, int error)
    {
        Metrics.Count(direction, ProxyError.TooManyConnections);
        if (Loop.Now >= _nextAcceptWarning)
        {
            _nextAcceptWarning = Loop.Now + 10 * Second;
            DataPlaneLog.AcceptFailed(State.Logger, direction, System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error));
        }
    }

    /// <summary>A connection is closed because its pod has as many as it may.</summary>
    public void OnPodLimit(PodRuntime pod, ConnectionDirection direction)
    {
        Metrics.Count(direction, ProxyError.TooManyPodConnections);
        if (Loop.Now >= _nextPodWarning)
        {
            _nextPodWarning = Loop.Now + 10 * Second;
            DataPlaneLog.PodLimit(State.Logger, pod.Pod.Namespace, pod.Pod.Name, Options.MaxConnectionsPerPod, direction);
        }
    }

    public void FlushAtEndOfTurn(Http2Session session) => _dirty.Add(session);

    /// <summary>Once a second.</summary>
    public void OnTimer()
    {
        Loop.Timers.Set(_housekeeping, Loop.Now + Second);
        if (Loop.Now >= _nextRecheck)
        {
            RecheckPeers();
        }
        CloseIdleInTime();
        if (Loop.Now < _nextSweep)
        {
            return;
        }
        _nextSweep = Loop.Now + 60 * Second;
        var idleSince = Loop.Now - (long)Options.SeriesIdleTimeout.TotalMilliseconds;
        Metrics.DropIdle(idleSince);
        foreach (var runtime in _pods.Values)
        {
            runtime.Sweep(idleSince);
        }
        var retry = (long)Options.DiscoveryRetry.TotalMilliseconds;
        foreach (var (address, asked) in _asked)
        {
            if (Loop.Now - asked > retry)
            {
                _asked.Remove(address);
            }
        }
    }

    private static HeaderList CreateTunnelHeaders()
    {
        var headers = new HeaderList();
        headers.Add(":method"u8, "CONNECT"u8);
        headers.Add(":authority"u8, "pod"u8);
        return headers;
    }

    private static HeaderList CreateTunnelAnswer()
    {
        var headers = new HeaderList();
        headers.Add(":status"u8, "200"u8);
        return headers;
    }

    private void FlushSessions()
    {
        // What is written meanwhile goes to the end of the list.
        for (var i = 0; i < _dirty.Count; i++)
        {
            try
            {
                _dirty[i].FlushTurn();
            }
            catch (Exception exception)
            {
                DataPlaneLog.Bug(State.Logger, exception);
                _dirty[i].OnFault(exception);
            }
        }
        _dirty.Clear();
    }
}
