using Mesh.Interfaces.Identity;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// A connection made for a pod: to another pod's proxy (TLS, or a tunnel through a connection that several share), to an unmeshed address,
/// or to the pod's own application. Used by at most one client connection at a time; between two it rests in its pool.
/// </summary>
internal sealed class UpstreamConnection : IStreamOwner, ISessionWaiter
{
    private readonly ProxyLoop _owner;
    private readonly ByteStream _stream;
    // Null for a tunnel.
    private readonly Channel? _channel;
    private readonly TlsContext? _context;
    private readonly MeshProtocol _protocol;
    private readonly WorkloadIdentity _expected;
    private readonly UpstreamPool _pool;
    private readonly long _started;
    private UpstreamSession? _session;
    private Phase _phase = Phase.Connecting;

    private UpstreamConnection(
        ProxyLoop owner, ByteStream stream, UpstreamPool pool, TlsContext? context, MeshProtocol protocol, WorkloadIdentity expected,
        IUpstreamUser client)
    {
        _owner = owner;
        _stream = stream;
        _channel = stream as Channel;
        _pool = pool;
        _context = context;
        _protocol = protocol;
        _expected = expected;
        _started = owner.Loop.NowMicroseconds;
        Client = client;
        stream.Owner = this;
    }

    private enum Phase
    {
        Connecting,
        Handshaking,
        Open,
        Idle,
    }

    /// <summary>What is said to the endpoint, and what it answers.</summary>
    public ByteStream Stream => _stream;

    /// <summary>Whether the other end is a proxy of the mesh.</summary>
    public bool IsMeshed => _context is not null;

    /// <summary>Who uses it now.</summary>
    public IUpstreamUser? Client { get; private set; }

    /// <summary>
    /// Whether it was there before this request, or, of a tunnel, the connection that it goes through: then that may turn out to be dead.
    /// </summary>
    public bool IsReused { get; private set; }

    /// <summary>How long connecting took, handshake included, in microseconds.</summary>
    public long ConnectLatency { get; private set; }

    /// <summary>Begins to connect from inside the pod's network namespace.</summary>
    /// <param name="owner">The loop.</param>
    /// <param name="pod">For whom.</param>
    /// <param name="target">Where to.</param>
    /// <param name="pool">Where it rests between uses; says from which address and with which mark it is made.</param>
    /// <param name="context">Null: plain TCP.</param>
    /// <param name="protocol">With TLS: what is spoken inside it.</param>
    /// <param name="expected">With TLS: who the other side must be.</param>
    /// <param name="client">Told when it is open, or has failed.</param>
    /// <param name="error">Why there is none.</param>
    public static UpstreamConnection? Dial(
        ProxyLoop owner, PodRuntime pod, SocketEndpoint target, UpstreamPool pool, TlsContext? context, MeshProtocol protocol,
        WorkloadIdentity expected, IUpstreamUser client, out string error)
    {
        NativeSocket socket;
        try
        {
            socket = owner.OpenSocket(pod, target.Ip, pool.Mark);
        }
        catch (IOException exception)
        {
            error = exception.Message;
            return null;
        }
        socket.SetNoDelay();
        socket.SetKeepAlive(owner.Options.UnacknowledgedTimeout);
        if (pool.Source is { } source && !socket.TryBindTransparent(source))
        {
            owner.OnSourceLost(pod, source, $"the kernel refuses to connect from it: {Describe(socket.LastError)}");
        }
        if (!socket.Connect(target))
        {
            error = $"connect to {target} failed: {Describe(socket.LastError)}";
            socket.Close();
            return null;
        }
        var channel = new Channel(owner.Loop, socket);
        var connection = new UpstreamConnection(owner, channel, pool, context, protocol, expected, client);
        if (!channel.TryWatch())
        {
            error = "epoll takes no more connections; raise the limit of open files";
            connection.Close(abort: true);
            return null;
        }
        channel.SetDeadline(owner.Options.ConnectTimeout);
        error = "";
        return connection;
    }

    /// <summary>Opens a tunnel through a connection that several share, or waits until that is there.</summary>
    /// <param name="owner">The loop.</param>
    /// <param name="session">To whom.</param>
    /// <param name="pool">Where the tunnel rests between uses.</param>
    /// <param name="client">Told, if the tunnel is not open yet, when it is, or has failed.</param>
    /// <param name="isOpen">Whether it can be used at once.</param>
    public static UpstreamConnection Tunnel(
        ProxyLoop owner, UpstreamSession session, UpstreamPool pool, IUpstreamUser client, out bool isOpen)
    {
        var connection = new UpstreamConnection(
            owner, new TunnelStream(owner.Loop), pool, session.Context, MeshProtocol.Multiplexed, default, client)
        {
            _session = session,
        };
        isOpen = connection.TryOpenTunnel();
        connection.IsReused = isOpen;
        if (!isOpen)
        {
            session.Wait(connection);
        }
        return connection;
    }

    /// <summary>Takes it out of its rest.</summary>
    /// <param name="client">Who uses it from now on.</param>
    /// <param name="current">The certificate it must have been made with.</param>
    /// <param name="look">
    /// Whether to ask the kernel first if the peer has closed it. Costs a system call, and saves a request that cannot be sent twice from
    /// being lost to a peer that gave up the idle connection a moment ago.
    /// </param>
    /// <returns>False when it turns out to be closed, or was made with a certificate that has been replaced; it is closed then.</returns>
    public bool TryReuse(IUpstreamUser client, TlsContext? current, bool look)
    {
        if (!IsUsable || !ReferenceEquals(_context, current) || (look && !IsSilent()))
        {
            Close(abort: false);
            return false;
        }
        _phase = Phase.Open;
        Client = client;
        IsReused = true;
        _stream.ClearDeadline();
        return true;
    }

    /// <summary>Gives it back to its pool, or closes it when <paramref name="reusable"/> is false or the pool is full.</summary>
    public void Release(bool reusable)
    {
        Client = null;
        if (!reusable || !_stream.In.IsEmpty || !_stream.Out.IsEmpty || !IsUsable || !_pool.TryPut(this))
        {
            Close(abort: false);
            return;
        }
        _stream.In.ReleaseIfEmpty();
        _stream.Out.ReleaseIfEmpty();
        _phase = Phase.Idle;
        _stream.SetDeadline(_pool.IdleTimeout);
    }

    public void Close(bool abort)
    {
        Client = null;
        _session?.StopWaiting(this);
        _session = null;
        _stream.Close(abort);
    }

    public void OnSessionOpen(UpstreamSession session)
    {
        if (TryOpenTunnel())
        {
            ConnectLatency = _owner.Loop.NowMicroseconds - _started;
            Client?.OnUpstreamOpen();
        }
        else
        {
            Fail(ProxyError.Connect, "the connection to the endpoint was lost, or takes no more streams");
        }
    }

    public void OnSessionFailed(ProxyError error, string reason)
    {
        _session = null;
        Fail(error, reason);
    }

    public void OnTimer()
    {
        switch (_phase)
        {
            case Phase.Connecting:
                Fail(ProxyError.ConnectTimeout, "connect timed out; a NetworkPolicy or a firewall may be in the way, or the pod is gone");
                break;
            case Phase.Handshaking:
                Fail(ProxyError.Timeout, "TLS handshake timed out");
                break;
            case Phase.Idle:
                _pool.Remove(this);
                Close(abort: false);
                break;
            default:
                break;
        }
    }

    public void OnFault(Exception exception)
    {
        if (_phase == Phase.Idle)
        {
            _pool.Remove(this);
        }
        var client = Client;
        Close(abort: true);
        client?.OnFault(exception);
    }

    public void OnStreamReady()
    {
        switch (_phase)
        {
            case Phase.Connecting:
                OnConnecting();
                break;
            case Phase.Handshaking:
                OnHandshaking();
                break;
            case Phase.Idle:
                OnIdle();
                break;
            default:
                Client?.OnUpstreamReady();
                break;
        }
    }

    private bool IsUsable =>
        !_stream.IsClosed && !_stream.ReadEnded && !_stream.IsBroken && !_stream.HungUp && _channel?.Tls?.RetiredAt is null;

    private bool IsSilent()
    {
        if (_channel is null)
        {
            // What has come over the shared connection is known; what has not is that connection's to look for.
            return true;
        }
        _channel.CanRead = true;
        var read = _channel.Fill();
        _channel.In.ReleaseIfEmpty();
        return read == IoResult.Again;
    }

    private static string Describe(int error) => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error);

    private bool TryOpenTunnel()
    {
        var tunnel = (TunnelStream)_stream;
        if (_session!.TryOpen(tunnel) is not { } stream)
        {
            return false;
        }
        tunnel.Begin(stream);
        if (!stream.TrySendHeaders(_owner.TunnelHeaders, default, end: false))
        {
            // The shared connection is full; whoever comes first when it is not any more is told.
            tunnel.SendHeadersLater(_owner.TunnelHeaders);
        }
        _session = null;
        _phase = Phase.Open;
        return true;
    }

    private void OnConnecting()
    {
        if (_channel is not { CanWrite: true })
        {
            return;
        }
        var error = _channel.Socket.TakeError();
        if (error != 0)
        {
            Fail(ProxyError.Connect, $"connect failed: {Describe(error)}");
            return;
        }
        if (_context is null)
        {
            Open();
            return;
        }
        // The certificate may have been replaced since the connect began.
        _channel.Tls = TlsSession.TryConnect(_context, _channel.Socket, _protocol)
            ?? (_owner.State.Certificates.TryGetValue(ServiceAccountKey.Of(_context.Identity), out var newer)
                ? TlsSession.TryConnect(newer, _channel.Socket, _protocol)
                : null);
        if (_channel.Tls is null)
        {
            Fail(ProxyError.NoCertificate, "the certificate has just been replaced");
            return;
        }
        _phase = Phase.Handshaking;
        _channel.SetDeadline(_owner.Options.HandshakeTimeout);
        OnHandshaking();
    }

    private void OnHandshaking()
    {
        var tls = _channel!.Tls!;
        switch (tls.Handshake())
        {
            case HandshakeStatus.InProgress:
                return;
            case HandshakeStatus.Failed:
                Fail(ProxyError.Handshake, $"TLS: {tls.Failure}");
                return;
            default:
                if (tls.Peer != _expected)
                {
                    Fail(ProxyError.Identity, $"the endpoint is {tls.Peer}, not {_expected}");
                    return;
                }
                Open();
                return;
        }
    }

    private void Open()
    {
        _phase = Phase.Open;
        ConnectLatency = _owner.Loop.NowMicroseconds - _started;
        _stream.ClearDeadline();
        _stream.CanRead = true;
        Client?.OnUpstreamOpen();
    }

    private void OnIdle()
    {
        // Whatever comes while nobody asks, an end or bytes, makes the connection useless.
        if (_stream.Fill() != IoResult.Again)
        {
            _pool.Remove(this);
            Close(abort: false);
        }
        else
        {
            _stream.In.ReleaseIfEmpty();
        }
    }

    private void Fail(ProxyError error, string reason)
    {
        var client = Client;
        Close(abort: true);
        client?.OnUpstreamFailed(error, reason);
    }
}
