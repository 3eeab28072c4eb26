using System.Collections.Concurrent;

namespace Mesh.Silo.NodeSessions;

/// <summary>The sessions open at this silo, one per node.</summary>
internal sealed class NodeSessionRegistry
{
    private readonly ConcurrentDictionary<string, NodeSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>The nodes that have a session here.</summary>
    public IReadOnlyCollection<string> Nodes => [.. _sessions.Keys];

    /// <summary>Ends the node's earlier session, which its proxy has given up, since it began another.</summary>
    public void Add(NodeSession session)
    {
        NodeSession? earlier = null;
        _sessions.AddOrUpdate(session.Node.Name, session, (_, old) =>
        {
            earlier = old;
            return session;
        });
        earlier?.End(NodeSessionEnd.Replaced);
    }

    public void Remove(NodeSession session) => _sessions.TryRemove(new KeyValuePair<string, NodeSession>(session.Node.Name, session));
}
