using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2;

/// <summary>A client connection that speaks HTTP/2: gives each request a relay, each tunnel a connection of its own.</summary>
internal sealed class Http2Server : IServerSessionOwner
{
    private readonly DownstreamConnection _client;
    private readonly Stack<Http2Relay> _idle = [];
    private readonly HashSet<Http2Relay> _busy = [];
    private readonly bool _isMeshed;

    /// <param name="client">Whose stream the session takes over.</param>
    /// <param name="isMeshed">Whether the client is a proxy of the mesh, which may open tunnels.</param>
    public Http2Server(DownstreamConnection client, bool isMeshed)
    {
        _client = client;
        _isMeshed = isMeshed;
        Session = new Http2ServerSession(client.Owner, client.Stream, client.Owner.Options.Http2, isMeshed, this);
    }

    public Http2ServerSession Session { get; }

    public TimeSpan SettingsTimeout => _client.Owner.Options.HandshakeTimeout;

    public TimeSpan IdleTimeout => _client.Owner.Options.ClientIdleTimeout;

    public void OnRequest(Http2Stream stream, HeaderList headers, bool end)
    {
        if (_isMeshed && Session.Request.IsConnect && headers.Count > 0)
        {
            _client.AcceptTunnel(stream);
            return;
        }
        if (!_idle.TryPop(out var relay))
        {
            relay = new Http2Relay(this, _client);
        }
        _busy.Add(relay);
        relay.Begin(stream, headers, Session.Request, end);
    }

    public void OnClosed() => _client.OnSessionClosed(Session.FailureReason);

    /// <summary>A relay has done with its request.</summary>
    public void Return(Http2Relay relay)
    {
        _busy.Remove(relay);
        _idle.Push(relay);
    }

    /// <summary>The connection is gone: requests under way are given up.</summary>
    public void Abandon()
    {
        foreach (var relay in _busy.ToArray())
        {
            relay.Abandon();
        }
    }
}
