using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Opaque;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// An accepted connection and what becomes of it: it may wait for the control plane, is looked at, and is then carried as HTTP/1.1 or as
/// bytes until it ends. Lives on one loop.
/// </summary>
internal abstract class DownstreamConnection : IStreamOwner, IUpstreamUser
{
    private Phase _phase = Phase.Waiting;
    private Http1Relay? _http;
    private OpaqueRelay? _opaque;
    private Http2Server? _http2;
    private bool _isDone;
    private int _discarded;
    private long _countedRead;
    private long _countedWritten;

    protected DownstreamConnection(ProxyLoop owner, PodRuntime pod, ByteStream stream, ConnectionDirection direction)
    {
        Owner = owner;
        Pod = pod;
        Stream = stream;
        Direction = direction;
        stream.Owner = this;
    }

    private enum Phase
    {
        /// <summary>For the control plane; what the client says stays in the kernel.</summary>
        Waiting,
        Detecting,
        Handshaking,
        Http,
        Http2,
        Connecting,
        Opaque,

        /// <summary>Nothing more is said; what the client still sends is dropped until it ends.</summary>
        Lingering,
    }

    public ProxyLoop Owner { get; }

    public EventLoop Loop => Owner.Loop;

    public PodRuntime Pod { get; }

    /// <summary>What the client says and is told.</summary>
    public ByteStream Stream { get; }

    public bool IsClosed => Stream.IsClosed;

    /// <summary>Whether the next answer is the last, which the client is told with it.</summary>
    public bool IsEnding => Owner.IsStopping || Pod.IsEnding;

    /// <summary>Whether the connection ends as soon as it stands between two requests.</summary>
    public bool ClosesIdle => Owner.ClosesIdle || Pod.IsEnding;

    public ConnectionDirection Direction { get; }

    /// <summary>The client's address.</summary>
    public SocketEndpoint Peer { get; protected set; }

    /// <summary>Where the client wanted to go.</summary>
    public SocketEndpoint Destination { get; protected set; }

    /// <summary>Header lines added to every HTTP/1 request.</summary>
    public virtual ReadOnlySpan<byte> RequestHeaders => default;

    /// <summary>The same for HTTP/2.</summary>
    public virtual ExtraField RequestField => default;

    /// <summary>Whether it is carried request by request, as HTTP/1.</summary>
    public bool IsHttp => _phase == Phase.Http;

    /// <summary>Whether <c>l5d-*</c> headers of the messages that pass are left out, because only this proxy may set them.</summary>
    public abstract bool DropsReservedHeaders { get; }

    /// <summary>Whether the client is told in <c>l5d-proxy-error</c> why the proxy answers itself.</summary>
    public abstract bool ExplainsErrors { get; }

    /// <summary>The request, one after the other, or the bytes, that the connection carries.</summary>
    public abstract Exchange Exchange { get; }

    /// <summary>The series this connection is counted in as open.</summary>
    private Series? OpenIn { get; set; }

    /// <summary>An exchange for one of several requests that the connection carries at once.</summary>
    public abstract Exchange CreateExchange();

    /// <summary>The client's proxy opens a connection that travels in this one.</summary>
    public virtual void AcceptTunnel(Http2Stream stream) =>
        throw new InvalidOperationException("Only a proxy of the mesh may open tunnels.");

    /// <summary>Takes the connection up after accept.</summary>
    public void Begin(Channel channel)
    {
        Register();
        if (!channel.Socket.TryGetPeer(out var peer)
            || !Owner.State.OriginalDestination.TryGet(channel.Socket, Pod.Pod, Direction, out var destination))
        {
            Refuse(ProxyError.NoOriginalDestination, "the kernel does not know where the connection was going");
            return;
        }
        Peer = peer;
        Destination = destination;
        // A connection straight to the proxy's own port has itself as destination.
        if (channel.Socket.TryGetLocal(out var local) && local == destination)
        {
            Refuse(ProxyError.Loop, "the connection was made to the proxy itself");
            return;
        }
        if (!channel.TryWatch())
        {
            Refuse(ProxyError.TooManyConnections, "epoll takes no more connections");
            return;
        }
        Resume();
    }

    /// <summary>Decides by what is known now: goes on, waits (<see cref="Wait"/>) or refuses. Called again when something new is known.</summary>
    public abstract void Resume();

    public void OnUpstreamOpen()
    {
        if (_phase == Phase.Http)
        {
            _http!.OnUpstreamOpen();
        }
        else if (_phase == Phase.Connecting)
        {
            Exchange.OnAnswered(Exchange.Upstream!.ConnectLatency);
            Exchange.Classify(failed: false, retryable: false);
            StartRelay();
        }
    }

    public void OnUpstreamFailed(ProxyError error, string reason)
    {
        Count(error, reason);
        Exchange.OnConnectFailed(reason);
        Exchange.FinishUpstream(reusable: false, failed: true);
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
    public void Close(bool abort)
    {
        if (_isDone)
        {
            return;
        }
        _isDone = true;
        CountBytes(Exchange.Series);
        _http?.OnClosing();
        Exchange.Abandon(abort);
        _http2?.Session.Abort("the client's connection is closed");
        OpenIn?.ConnectionClosed(Loop.Now);
        OpenIn = null;
        OnClosed();
        Stream.Close(abort);
        Owner.OnClosed(this);
    }

    /// <summary>The HTTP/2 connection has ended.</summary>
    public void OnSessionClosed(string reason)
    {
        _http2!.Abandon();
        Close(abort: false);
    }

    /// <summary>Lets what is under way finish; nothing new is wanted.</summary>
    public void BeginClose()
    {
        if (_phase == Phase.Http2)
        {
            _http2!.Session.BeginClose();
        }
        else
        {
            // Between two requests a relay notices.
            Loop.Defer(Stream);
        }
    }

    /// <summary>Ends our side, and lets the client read what was said before the connection is cut.</summary>
    public void CloseAfterLinger()
    {
        if (IsClosed)
        {
            return;
        }
        _phase = Phase.Lingering;
        Stream.EndWrite();
        Stream.In.Release();
        Stream.SetDeadline(Owner.Options.LingerTimeout);
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

    /// <summary>Adds what has been transferred since the last time to <paramref name="series"/>.</summary>
    public void CountBytes(Series? series)
    {
        if (series is null)
        {
            return;
        }
        if (OpenIn is null)
        {
            OpenIn = series;
            series.ConnectionOpened(Loop.Now);
        }
        if (Stream.BytesRead != _countedRead || Stream.BytesWritten != _countedWritten)
        {
            series.Transferred(Stream.BytesRead - _countedRead, Stream.BytesWritten - _countedWritten, Loop.Now);
            _countedRead = Stream.BytesRead;
            _countedWritten = Stream.BytesWritten;
        }
    }

    public void OnStreamReady() => Drive();

    public void OnTimer()
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

    public void OnFault(Exception exception)
    {
        Owner.Metrics.Count(Direction, ProxyError.Internal);
        Close(abort: true);
    }

    /// <summary>The connection is being closed; called once.</summary>
    protected virtual void OnClosed()
    {
    }

    protected bool IsWaiting => _phase == Phase.Waiting;

    protected bool IsOpaque => _phase is Phase.Opaque or Phase.Connecting;

    /// <summary>Counts the connection in.</summary>
    protected void Register()
    {
        Owner.Metrics.Connections++;
        Pod.Connections.Add(this);
    }

    /// <summary>Stays until <see cref="Resume"/> is called, or <see cref="OnWaitedInVain"/> after the discovery time limit.</summary>
    protected void Wait()
    {
        if (Owner.Park(this))
        {
            Stream.SetDeadline(Owner.Options.DiscoveryTimeout);
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
        Stream.SetDeadline(limit);
        if (Stream.CanRead)
        {
            // What came while it waited is not reported again.
            Loop.Defer(Stream);
        }
    }

    protected void StartHandshake()
    {
        Owner.Unpark(this);
        _phase = Phase.Handshaking;
        Stream.SetDeadline(Owner.Options.HandshakeTimeout);
    }

    /// <summary>More bytes are in <see cref="ByteStream.In"/> (or the stream has ended: <see cref="ByteStream.ReadEnded"/>).</summary>
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
        _http = new Http1Relay(this, Exchange);
        Drive();
    }

    /// <param name="isMeshed">Whether the client is a proxy of the mesh.</param>
    protected void StartHttp2(bool isMeshed)
    {
        Owner.Unpark(this);
        _phase = Phase.Http2;
        _http2 = new Http2Server(this, isMeshed);
        Loop.Defer(Stream);
    }

    protected void ConnectOpaque(UpstreamAttempt attempt = UpstreamAttempt.First)
    {
        Owner.Unpark(this);
        _phase = Phase.Connecting;
        Stream.ClearDeadline();
        switch (Exchange.StartUpstream(attempt, fresh: true, out var error, out var reason))
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
        CountBytes(Exchange.Series);
        _opaque = new OpaqueRelay(this, Exchange.Upstream!);
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
            var read = Stream.Fill();
            if (read == IoResult.Again)
            {
                return;
            }
            if (read == IoResult.Failed || (read == 0 && Stream.In.IsEmpty))
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
            var read = Stream.Fill();
            if (read == IoResult.Again)
            {
                return;
            }
            _discarded += Math.Max(0, read);
            Stream.In.Release();
            if (read <= 0 || _discarded > MostDropped)
            {
                Close(abort: read < 0);
            }
        }
    }
}
