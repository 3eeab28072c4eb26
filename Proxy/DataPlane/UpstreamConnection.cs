using Mesh.Interfaces.Identity;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// A connection made for a pod: to another pod's proxy (TLS), to an unmeshed address, or to the pod's own application. Used by at most one
/// client connection at a time; between two it rests in its pool.
/// </summary>
internal sealed class UpstreamConnection : Channel
{
    private readonly ProxyLoop _owner;
    private readonly TlsContext? _context;
    private readonly WorkloadIdentity _expected;
    private readonly UpstreamPool _pool;
    private readonly long _started;
    private Phase _phase = Phase.Connecting;

    private UpstreamConnection(
        ProxyLoop owner, NativeSocket socket, UpstreamPool pool, TlsContext? context, WorkloadIdentity expected, DownstreamConnection client)
        : base(owner.Loop, socket)
    {
        _owner = owner;
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
            socket = owner.OpenSocket(pod, target.Ip);
        }
        catch (IOException exception)
        {
            error = exception.Message;
            return null;
        }
        socket.SetNoDelay();
        socket.SetKeepAlive(owner.Options.UnacknowledgedTimeout);
        if (!socket.Connect(target))
        {
            error = $"connect to {target} failed: {Describe(socket.LastError)}";
            socket.Close();
            return null;
        }
        var connection = new UpstreamConnection(owner, socket, pool, context, expected, client);
        if (!owner.Loop.Watch(connection, socket.Handle))
        {
            error = "epoll takes no more connections; raise the limit of open files";
            connection.CloseChannel(abort: true);
            return null;
        }
        connection.SetDeadline(owner.Options.ConnectTimeout);
        error = "";
        return connection;
    }

    /// <summary>Takes it out of its rest.</summary>
    /// <returns>False when it turns out to be closed, or was made with a certificate that has been replaced; it is closed then.</returns>
    public bool TryReuse(DownstreamConnection client, TlsContext? current)
    {
        if (IsClosed || ReadEnded || IsBroken || HungUp || !ReferenceEquals(Tls?.Context, current))
        {
            Close(abort: false);
            return false;
        }
        _phase = Phase.Open;
        Client = client;
        IsReused = true;
        ClearDeadline();
        return true;
    }

    /// <summary>Gives it back to its pool, or closes it when <paramref name="reusable"/> is false or the pool is full.</summary>
    public void Release(bool reusable)
    {
        Client = null;
        if (!reusable || !In.IsEmpty || !Out.IsEmpty || ReadEnded || IsBroken || HungUp || !_pool.TryPut(this))
        {
            Close(abort: false);
            return;
        }
        In.ReleaseIfEmpty();
        Out.ReleaseIfEmpty();
        _phase = Phase.Idle;
        SetDeadline(_owner.Options.PoolIdleTimeout);
    }

    public void Close(bool abort)
    {
        Client = null;
        CloseChannel(abort);
    }

    public override void OnTimer()
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

    public override void OnFault(Exception exception)
    {
        if (_phase == Phase.Idle)
        {
            _pool.Remove(this);
        }
        var client = Client;
        Close(abort: true);
        client?.OnFault(exception);
    }

    protected override void OnChannelReady()
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

    private static string Describe(int error) => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error);

    private void OnConnecting()
    {
        if (!CanWrite)
        {
            return;
        }
        var error = Socket.TakeError();
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
        Tls = TlsSession.TryConnect(_context, Socket);
        if (Tls is null)
        {
            Fail(ProxyError.NoCertificate, "the certificate has just been replaced");
            return;
        }
        _phase = Phase.Handshaking;
        SetDeadline(_owner.Options.HandshakeTimeout);
        OnHandshaking();
    }

    private void OnHandshaking()
    {
        switch (Tls!.Handshake())
        {
            case HandshakeStatus.InProgress:
                return;
            case HandshakeStatus.Failed:
                Fail(ProxyError.Handshake, $"TLS: {Tls.Failure}");
                return;
            default:
                if (Tls.Peer != _expected)
                {
                    Fail(ProxyError.Identity, $"the endpoint is {Tls.Peer}, not {_expected}");
                    return;
                }
                Open();
                return;
        }
    }

    private void Open()
    {
        _phase = Phase.Open;
        ConnectLatency = Loop.NowMicroseconds - _started;
        ClearDeadline();
        CanRead = true;
        Client?.OnUpstreamOpen();
    }

    private void OnIdle()
    {
        // Whatever comes while nobody asks, an end or bytes, makes the connection useless.
        if (Fill() != IoResult.Again)
        {
            _pool.Remove(this);
            Close(abort: false);
        }
        else
        {
            In.ReleaseIfEmpty();
        }
    }

    private void Fail(ProxyError error, string reason)
    {
        var client = Client;
        Close(abort: true);
        client?.OnUpstreamFailed(error, reason);
    }
}
