using Mesh.Interfaces.Identity;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// An HTTP/2 connection made for a pod: to another pod's proxy, to an unmeshed address, or to the pod's own application. Shared by all
/// requests of the pod that go there.
/// </summary>
internal sealed class UpstreamSession : IUpstreamUser, IClientSessionOwner
{
    private readonly ProxyLoop _owner;
    private readonly UpstreamPool _pool;
    private readonly List<ISessionWaiter> _waiters = [];
    private UpstreamConnection? _dialled;
    private Http2ClientSession? _session;
    private bool _isRetired;
    private bool _isServingWaiters;

    private UpstreamSession(ProxyLoop owner, UpstreamPool pool, TlsContext? context)
    {
        _owner = owner;
        _pool = pool;
        Context = context;
    }

    public TimeSpan IdleTimeout => _pool.IdleTimeout;

    /// <summary>The certificate it was made with; null: plain TCP.</summary>
    public TlsContext? Context { get; }

    /// <summary>Whether streams can be opened now.</summary>
    public bool CanOpen => !_isRetired && _session is { CanOpen: true };

    public bool IsConnecting => _dialled is not null;

    /// <summary>Whether one more may wait: as many as will find room when it is there.</summary>
    public bool CanAwait => IsConnecting && !_isRetired
        && _waiters.Count < (Context is null ? Http2Session.DefaultPeerStreams : _owner.Options.Http2.MaxStreams);

    /// <summary>Begins to connect.</summary>
    /// <returns>Null when that failed at once.</returns>
    public static UpstreamSession? Dial(
        ProxyLoop owner, PodRuntime pod, SocketEndpoint target, UpstreamPool pool, TlsContext? context, WorkloadIdentity expected,
        out string error)
    {
        var session = new UpstreamSession(owner, pool, context);
        session._dialled = UpstreamConnection.Dial(
            owner, pod, target, pool, context, MeshProtocol.Multiplexed, expected, session, out error);
        if (session._dialled is null)
        {
            return null;
        }
        pool.Sessions.Add(session);
        return session;
    }

    public void Wait(ISessionWaiter waiter) => _waiters.Add(waiter);

    public void StopWaiting(ISessionWaiter waiter) => _waiters.Remove(waiter);

    /// <returns>Null when there may be no more streams now.</returns>
    public Http2Stream? TryOpen(IHttp2StreamUser user) => _isRetired && !_isServingWaiters ? null : _session?.TryOpen(user);

    /// <summary>Takes no new streams; ends when those there are have ended.</summary>
    public void Retire()
    {
        if (!_isRetired)
        {
            _isRetired = true;
            _session?.BeginClose();
        }
    }

    public void OnUpstreamOpen()
    {
        var stream = _dialled!.Stream;
        _dialled = null;
        _session = new Http2ClientSession(_owner, stream, _owner.Options.Http2, Context is not null, this);
        // What came with the end of the handshake is read in a turn of its own.
        _owner.Loop.Defer(stream);
        // Whoever waited is still served when the certificate was replaced meanwhile: only those who come later find another session.
        _isServingWaiters = true;
        Wake(static (waiter, session) => waiter.OnSessionOpen(session));
        _isServingWaiters = false;
        if (_isRetired)
        {
            _session?.BeginClose();
        }
    }

    public void OnUpstreamFailed(ProxyError error, string reason)
    {
        _dialled = null;
        _pool.Sessions.Remove(this);
        Wake((waiter, _) => waiter.OnSessionFailed(error, reason));
    }

    public void OnUpstreamReady()
    {
        // Only a connection that is open has something to say, and then it is the session's.
    }

    public void OnFault(Exception exception) => OnUpstreamFailed(ProxyError.Internal, "an error in the proxy");

    public void OnClosing(Http2ClientSession session) => _isRetired = true;

    public void OnClosed(Http2ClientSession session) => _pool.Sessions.Remove(this);

    /// <summary>Closes at once.</summary>
    public void Close(string reason)
    {
        _isRetired = true;
        _pool.Sessions.Remove(this);
        _session?.Abort(reason);
        if (_dialled is { } dialled)
        {
            _dialled = null;
            dialled.Close(abort: true);
            Wake((waiter, _) => waiter.OnSessionFailed(ProxyError.UpstreamLost, reason));
        }
    }

    private void Wake(Action<ISessionWaiter, UpstreamSession> tell)
    {
        var waiters = _waiters.ToArray();
        _waiters.Clear();
        foreach (var waiter in waiters)
        {
            tell(waiter, this);
        }
    }
}
