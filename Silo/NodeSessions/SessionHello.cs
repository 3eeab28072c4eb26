using Google.Protobuf;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// A session's hello, kept up to date: an activation of the node's grain that has never heard of the session starts from it, so it must
/// say what the proxy wants and holds now and not what it did at the beginning. Safe to use from any thread.
/// </summary>
internal sealed class SessionHello(Hello hello)
{
    /// <summary>The most destinations and the most resources one node may have; more is a broken proxy.</summary>
    public const int MaxEntries = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<(string Ip, uint Port)> _demanded = [.. hello.Demanded.Select(a => (a.Ip, a.Port))];
    private readonly Dictionary<string, ulong> _held = new(hello.Held, StringComparer.Ordinal);

    /// <returns>False when the proxy wants more than <see cref="MaxEntries"/> destinations.</returns>
    public bool Apply(Demand demand)
    {
        lock (_lock)
        {
            _demanded.UnionWith(demand.Add.Select(a => (a.Ip, a.Port)));
            _demanded.ExceptWith(demand.Remove.Select(a => (a.Ip, a.Port)));
            return _demanded.Count <= MaxEntries;
        }
    }

    /// <summary>
    /// What is queued counts as held: it reaches the proxy in order, or the session ends. Counting it only once it is written would let a
    /// new activation believe the proxy still has what a queued update is about to overwrite.
    /// </summary>
    public void Queued(Update update)
    {
        lock (_lock)
        {
            foreach (var resource in update.Upserts)
            {
                _held[resource.Key] = resource.Version;
            }
            foreach (var key in update.Removals)
            {
                _held.Remove(key);
            }
        }
    }

    public byte[] ToByteArray()
    {
        var now = new Hello { Cluster = hello.Cluster, Node = hello.Node, ProxyVersion = hello.ProxyVersion };
        lock (_lock)
        {
            now.Held.Add(_held);
            now.Demanded.AddRange(_demanded.Select(a => new SocketAddress { Ip = a.Ip, Port = a.Port }));
        }
        return MessageExtensions.ToByteArray(now);
    }
}
