using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tls;

/// <summary>
/// The sessions one context can resume as a client, the latest for each endpoint. Owns the SSL_SESSIONs in it and frees them when they are
/// replaced, forgotten or <see cref="Clear"/>ed. Any thread.
/// </summary>
/// <param name="capacity">The oldest goes when there would be more.</param>
internal sealed class ClientSessions(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SocketEndpoint, Entry> _entries = [];
    private readonly Queue<(SocketEndpoint Endpoint, long Number)> _order = new();
    private long _number;
    private bool _closed;

    /// <summary>Sessions kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Keeps a session, which is the cache's from here on, in place of the endpoint's last.</summary>
    /// <param name="endpoint">Where the peer is.</param>
    /// <param name="peer">Who it is, as verified in the full handshake that began the session.</param>
    /// <param name="until">Seconds since 1970; not resumed after that.</param>
    /// <param name="session">An SSL_SESSION.</param>
    public void Put(SocketEndpoint endpoint, VerifiedPeer peer, long until, nint session)
    {
        lock (_lock)
        {
            if (_closed || capacity == 0)
            {
                OpenSsl.SSL_SESSION_free(session);
                return;
            }
            Remove(endpoint);
            _entries.Add(endpoint, new Entry(peer, until, session, ++_number));
            _order.Enqueue((endpoint, _number));
            while (_entries.Count > capacity || _order.Count > 2 * capacity)
            {
                var (oldest, number) = _order.Dequeue();
                if (_entries.TryGetValue(oldest, out var entry) && entry.Number == number)
                {
                    Remove(oldest);
                }
            }
        }
    }

    /// <param name="endpoint">Where the connection goes.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <param name="peer">Who must be there.</param>
    /// <returns>
    /// An SSL_SESSION owned by the caller, a copy of the one kept: OpenSSL writes into the session of a connection, and connections on
    /// several loops may resume the same. 0: there is none.
    /// </returns>
    public nint TryTake(SocketEndpoint endpoint, long now, out VerifiedPeer? peer)
    {
        peer = null;
        lock (_lock)
        {
            if (!_entries.TryGetValue(endpoint, out var entry))
            {
                return 0;
            }
            if (now >= entry.Until || !entry.Peer.IsValidAt(now))
            {
                Remove(endpoint);
                return 0;
            }
            peer = entry.Peer;
            return OpenSsl.SSL_SESSION_dup(entry.Session);
        }
    }

    /// <summary>A handshake that offered the endpoint's session failed: the next is to be a full one.</summary>
    public void Forget(SocketEndpoint endpoint)
    {
        lock (_lock)
        {
            Remove(endpoint);
        }
    }

    /// <summary>Frees all, and whatever comes later.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (var entry in _entries.Values)
            {
                OpenSsl.SSL_SESSION_free(entry.Session);
            }
            _entries.Clear();
            _order.Clear();
        }
    }

    private void Remove(SocketEndpoint endpoint)
    {
        if (_entries.Remove(endpoint, out var entry))
        {
            OpenSsl.SSL_SESSION_free(entry.Session);
        }
    }

    private readonly record struct Entry(VerifiedPeer Peer, long Until, nint Session, long Number);
}
