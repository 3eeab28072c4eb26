namespace Mesh.Proxy.Tls;

/// <summary>
/// Sessions that one context can resume: as a client the latest for each endpoint, as a server by their ids. Owns the SSL_SESSIONs in it and
/// frees them when they are replaced, forgotten or <see cref="Clear"/>ed. Any thread.
/// </summary>
/// <param name="capacity">The oldest goes when there would be more.</param>
internal sealed class SessionCache<TKey>(int capacity)
    where TKey : struct, IEquatable<TKey>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly Queue<(TKey Key, long Number)> _order = new();
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

    /// <summary>Keeps a session, which is the cache's from here on, in place of the last one under the same key.</summary>
    /// <param name="key">What it is found by.</param>
    /// <param name="peer">Who it is, as verified in the full handshake that began the session.</param>
    /// <param name="until">Seconds since 1970; not resumed after that.</param>
    /// <param name="session">An SSL_SESSION.</param>
    public void Put(TKey key, VerifiedPeer peer, long until, nint session)
    {
        lock (_lock)
        {
            if (_closed || capacity == 0)
            {
                OpenSsl.SSL_SESSION_free(session);
                return;
            }
            Remove(key);
            _entries.Add(key, new Entry(peer, until, session, ++_number));
            _order.Enqueue((key, _number));
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

    /// <param name="key">What it was kept under.</param>
    /// <param name="now">Seconds since 1970.</param>
    /// <param name="peer">Who the session is with.</param>
    /// <returns>
    /// An SSL_SESSION owned by the caller, a copy of the one kept: OpenSSL writes into the session of a connection, and connections on
    /// several loops may resume the same. 0: there is none.
    /// </returns>
    public nint TryTake(TKey key, long now, out VerifiedPeer? peer)
    {
        peer = null;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                return 0;
            }
            if (now >= entry.Until || !entry.Peer.IsValidAt(now))
            {
                Remove(key);
                return 0;
            }
            peer = entry.Peer;
            return OpenSsl.SSL_SESSION_dup(entry.Session);
        }
    }

    /// <summary>A handshake with the session failed: the next is to be a full one.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            Remove(key);
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

    private void Remove(TKey key)
    {
        if (_entries.Remove(key, out var entry))
        {
            OpenSsl.SSL_SESSION_free(entry.Session);
        }
    }

    private readonly record struct Entry(VerifiedPeer Peer, long Until, nint Session, long Number);
}
