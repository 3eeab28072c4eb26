using Mesh.Interfaces.Identity;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// A connection made for a pod: to another pod's proxy (TLS), to an unmeshed address, or to the pod's own application. Used by at most one
/// client connection at a time; between two it rests in its pool.
/// </summary>
internal sealed class UpstreamConnection : IStreamOwner
{
    private readonly ProxyLoop _owner;
    private readonly Channel _channel;
    private readonly TlsContext? _context;
    private readonly WorkloadIdentity _expected;
    private readonly UpstreamPool _pool;
    private readonly long _started;
    private Phase _phase = Phase.Connecting;

    private UpstreamConnection(
        ProxyLoop owner, NativeSocket socket, UpstreamPool pool, TlsContext? context, WorkloadIdentity expected, DownstreamConnection client)
    {
        _owner = owner;
        _channel = new Channel(owner.Loop, socket) { Owner = this };
        _pool = pool;
        _context = context;
        _expected = expected;
        _started = owner.Loop.NowMicroseconds;
        Client = client;
    }

    private enum Phase
    {
        Connecting,
        Handshaking,
        Open,
        Idle,
    }

    /// <summary>What is said to the endpoint, and what it answers.</summary>
    public ByteStream Stream => _channel;

    /// <summary>Whether the other end is a proxy of the mesh.</summary>
    public bool IsMeshed => _context is not null;

    /// <summary>Who uses it now.</summary>
    public DownstreamConnection? Client { get; private set; }

    /// <summary>Whether it has carried a request before this one: then it may turn out to have been closed meanwhile.</summary>
    public bool IsReused { get; private set; }

    /// <summary>How long connecting took, handshake included, in microseconds.</summary>
    public long ConnectLatency { get; private set; }

    /// <summary>Begins to connect from inside the pod's network namespace.</summary>
    /// <param name="owner">The loop.</param>
    /// <param name="pod">For whom.</param>
    /// <param name="target">Where to.</param>
    /// <param name="pool">Where it rests between uses.</param>
    /// <param name="context">Null: plain TCP.</param>
    /// <param name="expected">With TLS: who the other side must be.</param>
    /// <param name="client">Told when it is open, or has failed.</param>
    /// <param name="error">Why there is none.</param>
    public static UpstreamConnection? Dial(
        ProxyLoop owner, PodRuntime pod, SocketEndpoint target, UpstreamPool pool, TlsContext? context, WorkloadIdentity expected,
        DownstreamConnection client, out string error)
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
        var connection = new UpstreamConnection(owner, socket, pool, context, expected, client);
        if (!connection._channel.TryWatch())
        {
            error = "epoll takes no more connections; raise the limit of open files";
            connection.Close(abort: true);
            return null;
        }
        connection._channel.SetDeadline(owner.Options.ConnectTimeout);
        error = "";
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
    public bool TryReuse(DownstreamConnection client, TlsContext? current, bool look)
    {
        if (!IsUsable || !ReferenceEquals(_channel.Tls?.Context, current) || (look && !IsSilent()))
        {
            Close(abort: false);
            return false;
        }
        _phase = Phase.Open;
        Client = client;
        IsReused = true;
        _channel.ClearDeadline();
        return true;
    }

    /// <summary>Gives it back to its pool, or closes it when <paramref name="reusable"/> is false or the pool is full.</summary>
    public void Release(bool reusable)
    {
        Client = null;
        if (!reusable || !_channel.In.IsEmpty || !_channel.Out.IsEmpty || !IsUsable || !_pool.TryPut(this))
        {
            Close(abort: false);
            return;
        }
        _channel.In.ReleaseIfEmpty();
        _channel.Out.ReleaseIfEmpty();
        _phase = Phase.Idle;
        _channel.SetDeadline(_pool.IdleTimeout);
    }

    public void Close(bool abort)
    {
        Client = null;
        _channel.Close(abort);
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

    private bool IsUsable => !_channel.IsClosed && !_channel.ReadEnded && !_channel.IsBroken && !_channel.HungUp;

    private bool IsSilent()
    {
        _channel.CanRead = true;
        var read = _channel.Fill();
        _channel.In.ReleaseIfEmpty();
        return read == IoResult.Again;
    }

    private static string Describe(int error) => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error);

    private void OnConnecting()
    {
        if (!_channel.CanWrite)
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
        _channel.Tls = TlsSession.TryConnect(_context, _channel.Socket);
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
        var tls = _channel.Tls!;
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
        _channel.ClearDeadline();
        _channel.CanRead = true;
        Client?.OnUpstreamOpen();
    }

    private void OnIdle()
    {
        // Whatever comes while nobody asks, an end or bytes, makes the connection useless.
        if (_channel.Fill() != IoResult.Again)
        {
            _pool.Remove(this);
            Close(abort: false);
        }
        else
        {
            _channel.In.ReleaseIfEmpty();
        }
    }

    private void Fail(ProxyError error, string reason)
    {
        var client = Client;
        Close(abort: true);
        client?.OnUpstreamFailed(error, reason);
    }
}
