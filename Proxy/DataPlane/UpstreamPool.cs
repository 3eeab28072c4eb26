using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// One client pod's idle connections to one address, the last used on top, and the connections there that several requests share. Used on
/// one loop.
/// </summary>
/// <param name="limit">How many rest here at most.</param>
/// <param name="idleTimeout">How long one rests.</param>
/// <param name="mark">The mark of its sockets, by which the pod's redirect rules know them; 0: none.</param>
/// <param name="source">From whose address they are made; null: the pod's own.</param>
internal sealed class UpstreamPool(int limit, TimeSpan idleTimeout, int mark, IpValue? source = null)
{
    private readonly List<UpstreamConnection> _idle = [];

    /// <summary>Whether it can be forgotten.</summary>
    public bool IsEmpty => _idle.Count == 0 && Sessions.Count == 0;

    public UpstreamSessions Sessions { get; } = new();

    public TimeSpan IdleTimeout => idleTimeout;

    public int Mark => mark;

    public IpValue? Source => source;

    /// <returns>An open connection, not in the pool any more; null: none.</returns>
    public UpstreamConnection? Take()
    {
        if (_idle.Count == 0)
        {
            return null;
        }
        var connection = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return connection;
    }

    /// <returns>False when the pool is full; the caller closes the connection.</returns>
    public bool TryPut(UpstreamConnection connection)
    {
        if (_idle.Count >= limit)
        {
            return false;
        }
        _idle.Add(connection);
        return true;
    }

    public void Remove(UpstreamConnection connection) => _idle.Remove(connection);

    public void CloseAll()
    {
        while (Take() is { } connection)
        {
            connection.Close(abort: false);
        }
    }
}
