using Google.Protobuf;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <summary>
/// What one session's proxy demands and holds, and so what must be sent to it. Not thread-safe: a grain's turns use it one at a time.
/// </summary>
internal sealed class NodeSessionLedger
{
    /// <summary>Well under the 4 MiB a frame may have.</summary>
    private const int UpdateSizeLimit = 1 << 20;

    private readonly Dictionary<string, ulong> _held;
    private readonly Dictionary<string, SocketAddress> _demanded = [];
    private readonly Dictionary<string, DateTimeOffset> _demandedAt = [];
    private bool _completed;

    public NodeSessionLedger(Hello hello, DateTimeOffset now)
    {
        _held = hello.Held.ToDictionary(held => held.Key, held => held.Value);
        foreach (var address in hello.Demanded)
        {
            Demand(address, now);
        }
    }

    public IReadOnlyCollection<SocketAddress> Demanded => _demanded.Values;

    /// <summary>Brings demand up to what a hello says that is sent again; what the proxy holds is known better here.</summary>
    public void Renew(Hello hello, DateTimeOffset now)
    {
        var wanted = hello.Demanded.Select(ResourceKeys.Destination).ToHashSet();
        foreach (var key in _demanded.Keys.Where(key => !wanted.Contains(key)).ToList())
        {
            _demanded.Remove(key);
            _demandedAt.Remove(key);
        }
        foreach (var address in hello.Demanded.Where(address => !_demanded.ContainsKey(ResourceKeys.Destination(address))))
        {
            Demand(address, now);
        }
    }

    public void Apply(Demand demand, DateTimeOffset now)
    {
        foreach (var address in demand.Remove)
        {
            var key = ResourceKeys.Destination(address);
            _demanded.Remove(key);
            _demandedAt.Remove(key);
        }
        foreach (var address in demand.Add)
        {
            Demand(address, now);
            // Demanded anew: the proxy waits for an answer, also when it was told before.
            _held.Remove(ResourceKeys.Destination(address));
        }
    }

    /// <summary>
    /// The updates that make the proxy hold what <paramref name="composition"/> says, and from then on counts them as held. A destination
    /// whose
    /// endpoints are not known yet is held back for a while, since without them it would be answered with an error at once.
    /// </summary>
    /// <param name="composition">What it should hold.</param>
    /// <param name="now">The time.</param>
    /// <param name="patience">How long a destination waits for its endpoints.</param>
    /// <param name="nextTry">When to call again because something is held back; null when nothing is.</param>
    public List<Update> Take(NodeComposition composition, DateTimeOffset now, TimeSpan patience, out TimeSpan? nextTry)
    {
        nextTry = null;
        var updates = new List<Update>();
        var update = new Update();
        var size = 0;
        foreach (var (key, resource) in composition.Resources
            .OrderBy(entry => Order(entry.Key))
            .ThenBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (_held.TryGetValue(key, out var version) && version == resource.Version)
            {
                continue;
            }
            if (IsHeldBack(key, composition, now, patience, ref nextTry))
            {
                continue;
            }
            var resourceSize = resource.CalculateSize();
            if (size > 0 && size + resourceSize > UpdateSizeLimit)
            {
                updates.Add(update);
                update = new Update();
                size = 0;
            }
            update.Upserts.Add(resource);
            size += resourceSize;
            _held[key] = resource.Version;
        }
        foreach (var key in _held.Keys.Where(key => IsGone(key, composition)).Order(StringComparer.Ordinal).ToList())
        {
            update.Removals.Add(key);
            _held.Remove(key);
        }
        if (!_completed && nextTry is null)
        {
            _completed = true;
            update.Complete = true;
        }
        if (update.Upserts.Count > 0 || update.Removals.Count > 0 || update.Complete)
        {
            updates.Add(update);
        }
        return updates;
    }

    /// <summary>
    /// Pods that the synced view no longer has on the node, and what nothing demands any more. An endpoint set that is in demand but not
    /// known stays: the proxy may hold it from another silo that could still ask for it.
    /// </summary>
    private bool IsGone(string key, NodeComposition composition) =>
        !composition.Resources.ContainsKey(key)
        && (key.StartsWith(ResourceKeys.EndpointsPrefix, StringComparison.Ordinal)
            ? !composition.EndpointSets.ContainsKey(key)
            : !_demanded.ContainsKey(key));

    private bool IsHeldBack(string key, NodeComposition composition, DateTimeOffset now, TimeSpan patience, ref TimeSpan? nextTry)
    {
        if (!composition.Destinations.TryGetValue(key, out var endpoints)
            || _held.ContainsKey(endpoints)
            || !_demandedAt.TryGetValue(key, out var since))
        {
            return false;
        }
        var left = since + patience - now;
        if (left <= TimeSpan.Zero)
        {
            return false;
        }
        nextTry = nextTry is { } earlier && earlier < left ? earlier : left;
        return true;
    }

    /// <summary>Pods first, for a proxy must know its own before it serves; endpoints before the destinations that name them.</summary>
    private static int Order(string key) =>
        key.StartsWith(ResourceKeys.PodPrefix, StringComparison.Ordinal) ? 0
        : key.StartsWith(ResourceKeys.EndpointsPrefix, StringComparison.Ordinal) ? 1
        : 2;

    private void Demand(SocketAddress address, DateTimeOffset now)
    {
        var key = ResourceKeys.Destination(address);
        _demanded[key] = address;
        _demandedAt[key] = now;
    }
}
