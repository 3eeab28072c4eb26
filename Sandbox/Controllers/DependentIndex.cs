using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Who owns whom: every object by uid, and the dependents of every owner. Follows the store.</summary>
internal sealed class DependentIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ObjectKey> _byUid = [];
    private readonly Dictionary<string, HashSet<ObjectKey>> _dependents = [];
    private readonly ResourceStore _store;

    public DependentIndex(ResourceStore store) => _store = store;

    /// <summary>Takes note of a change; called under the store's lock, before any controller hears of it.</summary>
    public void OnChanged(StoreEvent change)
    {
        var key = ObjectKey.Of(change);
        lock (_lock)
        {
            if (change.Previous is { } previous)
            {
                foreach (var owner in Owners(previous))
                {
                    if (_dependents.TryGetValue(owner, out var known) && known.Remove(key) && known.Count == 0)
                    {
                        _dependents.Remove(owner);
                    }
                }
            }
            if (change.Type == StoreEventType.Deleted)
            {
                _byUid.Remove(change.Object.Uid);
                return;
            }
            _byUid[change.Object.Uid] = key;
            foreach (var owner in Owners(change.Object))
            {
                if (!_dependents.TryGetValue(owner, out var known))
                {
                    _dependents[owner] = known = [];
                }
                known.Add(key);
            }
        }
    }

    public bool Exists(string uid)
    {
        lock (_lock)
        {
            return _byUid.ContainsKey(uid);
        }
    }

    public ObjectKey? Find(string uid)
    {
        lock (_lock)
        {
            return _byUid.TryGetValue(uid, out var key) ? key : null;
        }
    }

    /// <summary>The keys of what an owner has; empty for none.</summary>
    public List<ObjectKey> Keys(string uid)
    {
        lock (_lock)
        {
            return _dependents.TryGetValue(uid, out var keys) ? [.. keys] : [];
        }
    }

    /// <summary>What an owner has of one resource, in the order of their names.</summary>
    public List<StoredObject> Of(string uid, string resource) =>
        [.. Keys(uid)
            .Where(k => k.Resource == resource)
            .Select(k => _store.Get(k.Resource, k.Namespace, k.Name))
            .OfType<StoredObject>()
            .OrderBy(o => o.Name, StringComparer.Ordinal)];

    private static IEnumerable<string> Owners(StoredObject item) =>
        item.Json.Objects("metadata", "ownerReferences").Select(o => o.Text("uid") ?? "");
}
