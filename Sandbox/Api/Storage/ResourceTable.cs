namespace Mesh.Sandbox.Api.Storage;

/// <summary>
/// The objects of one resource, its recent changes and those who follow them. Guarded by <see cref="ResourceStore"/>'s lock.
/// </summary>
internal sealed class ResourceTable
{
    private readonly SortedDictionary<string, SortedDictionary<string, StoredObject>> _namespaces = new(StringComparer.Ordinal);
    private readonly List<StoreEvent> _log = [];
    private readonly List<StoreWatch> _watches = [];
    private readonly int _logCapacity;

    public ResourceTable(int logCapacity) => _logCapacity = logCapacity;

    public int Count { get; private set; }

    /// <summary>Changes up to and including this revision can no longer be replayed.</summary>
    public long CompactedRevision { get; private set; }

    public StoredObject? Get(string ns, string name) =>
        _namespaces.TryGetValue(ns, out var objects) && objects.TryGetValue(name, out var found) ? found : null;

    /// <summary>Objects in the order of namespace and name.</summary>
    public List<StoredObject> List(string? ns)
    {
        if (ns is not null)
        {
            return _namespaces.TryGetValue(ns, out var objects) ? [.. objects.Values] : [];
        }
        var all = new List<StoredObject>(Count);
        foreach (var objects in _namespaces.Values)
        {
            all.AddRange(objects.Values);
        }
        return all;
    }

    public void Apply(StoreEvent change)
    {
        var stored = change.Object;
        if (change.Type == StoreEventType.Deleted)
        {
            var objects = _namespaces[stored.Namespace];
            objects.Remove(stored.Name);
            if (objects.Count == 0)
            {
                _namespaces.Remove(stored.Namespace);
            }
            Count--;
        }
        else
        {
            if (!_namespaces.TryGetValue(stored.Namespace, out var objects))
            {
                _namespaces[stored.Namespace] = objects = new(StringComparer.Ordinal);
            }
            objects[stored.Name] = stored;
            Count += change.Type == StoreEventType.Added ? 1 : 0;
        }
        Log(change);
        foreach (var watch in _watches)
        {
            watch.Offer(change);
        }
    }

    /// <summary>Queues everything after <paramref name="revision"/> on <paramref name="watch"/> and subscribes it.</summary>
    public void Follow(StoreWatch watch, long revision)
    {
        // Revisions ascend in the log; the tail wanted is usually short, so it is found from the end.
        var start = _log.Count;
        while (start > 0 && _log[start - 1].Revision > revision)
        {
            start--;
        }
        for (; start < _log.Count; start++)
        {
            watch.Offer(_log[start]);
        }
        _watches.Add(watch);
    }

    public void Unfollow(StoreWatch watch) => _watches.Remove(watch);

    private void Log(StoreEvent change)
    {
        _log.Add(change);
        if (_log.Count >= 2 * _logCapacity)
        {
            var dropped = _log.Count - _logCapacity;
            CompactedRevision = _log[dropped - 1].Revision;
            _log.RemoveRange(0, dropped);
        }
    }
}
