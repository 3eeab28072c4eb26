using Mesh.Proxy.Http1;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Opaque;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// An accepted connection and what becomes of it: it may wait for the control plane, is looked at, and is then carried as HTTP/1.1 or as
/// bytes until it ends. Lives on one loop.
/// </summary>
internal abstract class DownstreamConnection : Channel
{
    private Phase _phase = Phase.Waiting;
    private Http1Relay? _http;
    private OpaqueRelay? _opaque;
    private int _discarded;

    protected DownstreamConnection(ProxyLoop owner, PodRuntime pod, NativeSocket socket, ConnectionDirection direction)
        : base(owner.Loop, socket)
    {
        Owner = owner;
        Pod = pod;
        Direction = direction;
    }

    private enum Phase
    {
        /// <summary>For the control plane; what the client says stays in the kernel.</summary>
        Waiting,
        Detecting,
        Handshaking,
        Http,
        Connecting,
        Opaque,

        /// <summary>Nothing more is said; what the client still sends is dropped until it ends.</summary>
        Lingering,
    }

    public ProxyLoop Owner { get; }

    public PodRuntime Pod { get; }

    public ConnectionDirection Direction { get; }

    /// <summary>The client's address.</summary>
    public SocketEndpoint Peer { get; private set; }

    /// <summary>Where the client wanted to go.</summary>
    public SocketEndpoint Destination { get; private set; }

    /// <summary>The upstream connection in use.</summary>
    public UpstreamConnection? Upstream { get; protected set; }

    /// <summary>Header lines added to every request.</summary>
    public virtual ReadOnlySpan<byte> RequestHeaders => default;

    /// <summary>Whether <c>l5d-*</c> headers of the messages that pass are left out, because only this proxy may set them.</summary>
    public abstract bool DropsReservedHeaders { get; }

    /// <summary>Whether the client is told in <c>l5d-proxy-error</c> why the proxy answers itself.</summary>
    public abstract bool ExplainsErrors { get; }

    /// <summary>The numbers this connection's current request, or the connection itself, counts into.</summary>
    public Series? Series { get; protected set; }

    /// <summary>The series this connection is counted in as open.</summary>
    private Series? OpenIn { get; set; }

    /// <summary>Takes the connection up after accept.</summary>
    public void Begin()
    {
        Owner.Metrics.Connections++;
        Pod.Connections.Add(this);
        if (!Socket.TryGetPeer(out var peer)
            || !Owner.State.OriginalDestination.TryGet(Socket, Pod.Pod, Direction, out var destination))
        {
            Refuse(ProxyError.NoOriginalDestination, "the kernel does not know where the connection was going");
            return;
        }
        Peer = peer;
        Destination = destination;
        // A connection straight to the proxy's own port has itself as destination.
        if (Socket.TryGetLocal(out var local) && local == destination)
        {
            Refuse(ProxyError.Loop, "the connection was made to the proxy itself");
            return;
        }
        if (!Owner.Loop.Watch(this, Socket.Handle))
        {
            Refuse(ProxyError.TooManyConnections, "epoll takes no more connections");
            return;
        }
        Resume();
    }

    /// <summary>Decides by what is known now: goes on, waits (<see cref="Wait"/>) or refuses. Called again when something new is known.</summary>
    public abstract void Resume();

    /// <summary>Whether a request may pass.</summary>
    /// <returns>0: it may; otherwise the status to answer with.</returns>
    public abstract int Admit(in RequestHead request, ReadOnlySpan<byte> head);

    /// <summary>Finds an upstream connection for a request or for the whole connection, as <see cref="Upstream"/>.</summary>
    /// <param name="attempt">Why.</param>
    /// <param name="fresh">Whether a pooled connection will not do.</param>
    /// <param name="error">Why there is none.</param>
    /// <param name="reason">The same in words.</param>
    public abstract UpstreamStart StartUpstream(UpstreamAttempt attempt, bool fresh, out ProxyError error, out string reason);

    /// <summary>The response's head has come, this long after the request was sent.</summary>
    public virtual void OnAnswered(long latencyMicroseconds)
    {
    }

    /// <summary>Gives the upstream connection back (or closes it).</summary>
    /// <param name="reusable">Whether it stands between two requests.</param>
    /// <param name="failed">Whether it broke without an answer.</param>
    public virtual void FinishUpstream(bool reusable, bool failed)
    {
        var upstream = Upstream;
        Upstream = null;
        upstream?.Release(reusable && !Owner.IsStopping);
    }

    /// <summary>An endpoint turned out not to be there.</summary>
    public virtual void OnConnectFailed(string reason)
    {
    }

    public void OnUpstreamOpen()
    {
        if (_phase == Phase.Http)
        {
            _http!.OnUpstreamOpen();
        }
        else if (_phase == Phase.Connecting)
        {
            OnAnswered(Upstream!.ConnectLatency);
            StartRelay();
        }
    }

    public void OnUpstreamFailed(ProxyError error, string reason)
    {
        Count(error, reason);
        OnConnectFailed(reason);
        FinishUpstream(reusable: false, failed: true);
        if (_phase == Phase.Http)
        {
            _http!.OnUpstreamFailed(error, reason);
        }
        else if (_phase == Phase.Connecting)
        {
            ConnectOpaque(UpstreamAttempt.AfterFailure);
        }
    }

    public void OnUpstreamReady() => Drive();

    /// <summary>Closes this side and the other.</summary>
    /// <param name="abort">The stream was cut: the client must not take it for complete.</param>
    public virtual void Close(bool abort)
    {
        if (IsClosed)
        {
            return;
        }
        var upstream = Upstream;
        if (upstream is not null)
        {
            CountBytes();
            Upstream = null;
            upstream.Close(abort);
        }
        CountBytes();
        OpenIn?.ConnectionClosed(Loop.Now);
        OpenIn = null;
        CloseChannel(abort);
        Owner.OnClosed(this);
    }

    /// <summary>Ends our side, and lets the client read what was said before the connection is cut.</summary>
    public void CloseAfterLinger()
    {
        if (IsClosed)
        {
            return;
        }
        _phase = Phase.Lingering;
        EndWrite();
        In.Release();
        SetDeadline(Owner.Options.LingerTimeout);
        Linger();
    }

    /// <summary>Goes on as bytes, over the upstream connection there is (after an upgrade).</summary>
    public void SwitchToOpaque()
    {
        _http = null;
        StartRelay();
    }

    /// <summary>Counts and logs why something did not work out.</summary>
    public void Count(ProxyError error, string reason)
    {
        Owner.Metrics.Count(Direction, error);
        DataPlaneLog.ConnectionEnded(
            Owner.State.Logger, Direction, Pod.Pod.Namespace, Pod.Pod.Name, Peer, Destination, error, reason);
    }

    /// <summary>Counts, logs and closes.</summary>
    public void Refuse(ProxyError error, string reason)
    {
        Count(error, reason);
        Close(abort: true);
    }

    /// <summary>Adds what has been transferred since the last time to the series.</summary>
    public void CountBytes()
    {
        if (Series is null)
        {
            return;
        }
        if (OpenIn is null)
        {
            OpenIn = Series;
            Series.ConnectionOpened(Loop.Now);
        }
        if (BytesRead != CountedRead || BytesWritten != CountedWritten)
        {
            Series.Transferred(BytesRead - CountedRead, BytesWritten - CountedWritten, Loop.Now);
            CountedRead = BytesRead;
            CountedWritten = BytesWritten;
        }
    }

    public override void OnTimer()
    {
        switch (_phase)
        {
            case Phase.Waiting:
                OnWaitedInVain();
                break;
            case Phase.Detecting:
                OnDetectTimeout();
                break;
            case Phase.Handshaking:
                Refuse(ProxyError.Timeout, "the TLS handshake took too long");
                break;
            case Phase.Http:
                _http!.OnTimer();
                break;
            default:
                Close(abort: _phase != Phase.Lingering);
                break;
        }
    }

    public override void OnFault(Exception exception)
    {
        Owner.Metrics.Count(Direction, ProxyError.Internal);
        Close(abort: true);
    }

    protected long CountedRead { get; private set; }

    protected long CountedWritten { get; private set; }

    protected bool IsWaiting => _phase == Phase.Waiting;

    protected bool IsOpaque => _phase is Phase.Opaque or Phase.Connecting;

    protected override void OnChannelReady() => Drive();

    /// <summary>Stays until <see cref="Resume"/> is called, or <see cref="OnWaitedInVain"/> after the discovery time limit.</summary>
    protected void Wait()
    {
        if (Owner.Park(this))
        {
            SetDeadline(Owner.Options.DiscoveryTimeout);
        }
    }

    /// <summary>Waits again, for something else.</summary>
    protected void WaitAgain()
    {
        _phase = Phase.Waiting;
        Wait();
    }

    protected abstract void OnWaitedInVain();

    /// <summary>Reads until <see cref="OnBytes"/> has decided.</summary>
    protected void StartDetecting(TimeSpan limit)
    {
        Owner.Unpark(this);
        _phase = Phase.Detecting;
        SetDeadline(limit);
        if (CanRead)
        {
            // What came while it waited is not reported again.
            Loop.Defer(this);
        }
    }

    protected void StartHandshake()
    {
        Owner.Unpark(this);
        _phase = Phase.Handshaking;
        SetDeadline(Owner.Options.HandshakeTimeout);
    }

    /// <summary>More bytes are in <see cref="Channel.In"/> (or the stream has ended: <see cref="Channel.ReadEnded"/>).</summary>
    protected abstract void OnBytes();

    protected abstract void OnDetectTimeout();

    /// <summary>Goes on with the handshake.</summary>
    protected virtual void OnHandshake()
    {
    }

    protected void StartHttp()
    {
        Owner.Unpark(this);
        _phase = Phase.Http;
        _http = new Http1Relay(this);
        Drive();
    }

    protected void ConnectOpaque(UpstreamAttempt attempt = UpstreamAttempt.First)
    {
        Owner.Unpark(this);
        _phase = Phase.Connecting;
        ClearDeadline();
        switch (StartUpstream(attempt, fresh: true, out var error, out var reason))
        {
            case UpstreamStart.Ready:
                StartRelay();
                break;
            case UpstreamStart.Unavailable:
                Refuse(error, reason);
                break;
            default:
                break;
        }
    }

    private void StartRelay()
    {
        _phase = Phase.Opaque;
        CountBytes();
        _opaque = new OpaqueRelay(this, Upstream!);
        OnOpaque();
        Drive();
    }

    /// <summary>The connection is carried as bytes from now on.</summary>
    protected virtual void OnOpaque()
    {
    }

    private void Drive()
    {
        switch (_phase)
        {
            case Phase.Detecting:
                Detect();
                break;
            case Phase.Handshaking:
                OnHandshake();
                break;
            case Phase.Http:
                _http!.Drive();
                break;
            case Phase.Opaque:
                _opaque!.Drive();
                break;
            case Phase.Lingering:
                Linger();
                break;
            default:
                break;
        }
    }

    private void Detect()
    {
        // OnBytes may decide and go on to another phase, or close.
        while (_phase == Phase.Detecting && !IsClosed)
        {
            var read = Fill();
            if (read == IoResult.Again)
            {
                return;
            }
            if (read == IoResult.Failed || (read == 0 && In.IsEmpty))
            {
                Close(abort: read == IoResult.Failed);
                return;
            }
            OnBytes();
            if (read == 0 && _phase == Phase.Detecting)
            {
                OnDetectTimeout();
            }
        }
    }

    private void Linger()
    {
        const int MostDropped = 1024 * 1024;
        while (!IsClosed)
        {
            var read = Fill();
            if (read == IoResult.Again)
            {
                return;
            }
            _discarded += Math.Max(0, read);
            In.Release();
            if (read <= 0 || _discarded > MostDropped)
            {
                Close(abort: read < 0);
            }
        }
    }
}
