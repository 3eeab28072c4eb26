using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>One client pod's shared connections to one address; usually one. Used on one loop.</summary>
internal sealed class UpstreamSessions
{
    private readonly List<UpstreamSession> _all = [];

    public int Count => _all.Count;

    /// <returns>One that can take another stream, or else one that is being made; null: dial. Those with another certificate retire.</returns>
    public UpstreamSession? Find(TlsContext? context)
    {
        UpstreamSession? connecting = null;
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            var session = _all[i];
            if (!ReferenceEquals(session.Context, context))
            {
                session.Retire();
            }
            else if (session.CanOpen)
            {
                return session;
            }
            else if (session.CanAwait)
            {
                connecting = session;
            }
        }
        return connecting;
    }

    public void Add(UpstreamSession session) => _all.Add(session);

    public void Remove(UpstreamSession session) => _all.Remove(session);

    /// <summary>Lets all of them end when their streams have.</summary>
    public void Retire()
    {
        foreach (var session in _all.ToArray())
        {
            session.Retire();
        }
    }

    public void CloseAll(string reason)
    {
        foreach (var session in _all.ToArray())
        {
            session.Close(reason);
        }
    }
}
