using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes.Informers;

/// <summary>The objects of an informer and the indexes over them. Written by one loop, read by anybody.</summary>
internal sealed class InformerStore<T>
    where T : class, IKubernetesResource
{
    public const string NamespaceIndex = "";
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectName, T> _items = [];
    private readonly Dictionary<ObjectName, UndecodableResource> _undecodable = [];
    private readonly Dictionary<string, InformerIndex<T>> _indexes = new()
    {
        [NamespaceIndex] = new(item => [item.Metadata.Namespace ?? ""]),
    };

    private IReadOnlyCollection<T>? _snapshot;

    public IReadOnlyCollection<T> Items
    {
        get
        {
            lock (_lock)
            {
                return _snapshot ??= [.. _items.Values];
            }
        }
    }

    public IReadOnlyCollection<UndecodableResource> Undecodable
    {
        get
        {
            lock (_lock)
            {
                return [.. _undecodable.Values];
            }
        }
    }

    public T? Get(string? ns, string name)
    {
        lock (_lock)
        {
            return _items.GetValueOrDefault(new ObjectName(ns, name));
        }
    }

    public void AddIndex(string name, Func<T, IEnumerable<string>> keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        lock (_lock)
        {
            var index = new InformerIndex<T>(keys);
            foreach (var (itemName, item) in _items)
            {
                index.Add(itemName, item);
            }
            if (!_indexes.TryAdd(name, index))
            {
                throw new ArgumentException($"There is an index \"{name}\" already.", nameof(name));
            }
        }
    }

    public IReadOnlyList<T> ByIndex(string name, string key)
    {
        lock (_lock)
        {
            return _indexes.TryGetValue(name, out var index)
                ? index.Find(key)
                : throw new ArgumentException($"There is no index \"{name}\".", nameof(name));
        }
    }

    /// <returns>Null when the view has this very version already.</returns>
    public ResourceChange<T>? Set(T item)
    {
        lock (_lock)
        {
            return SetUnderLock(item);
        }
    }

    /// <param name="ns">The object's namespace.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="last">How it was last, if that is known.</param>
    public ResourceChange<T>? Remove(string? ns, string name, T? last)
    {
        lock (_lock)
        {
            var key = new ObjectName(ns, name);
            _undecodable.Remove(key);
            return RemoveUnderLock(key) is { } old ? new ResourceChange<T>(last ?? old, null) : null;
        }
    }

    public ResourceChange<T>? SetUndecodable(UndecodableResource item)
    {
        lock (_lock)
        {
            var key = new ObjectName(item.Namespace, item.Name);
            _undecodable[key] = item;
            return RemoveUnderLock(key) is { } old ? new ResourceChange<T>(old, null) : null;
        }
    }

    /// <summary>Makes the view equal to a list.</summary>
    /// <param name="list">Everything there is.</param>
    /// <param name="undecodable">Those that could not be read and were not known, or not in this version.</param>
    public IReadOnlyList<ResourceChange<T>> Replace(ResourceList<T> list, out IReadOnlyList<UndecodableResource> undecodable)
    {
        lock (_lock)
        {
            var changes = new List<ResourceChange<T>>();
            var present = list.Items.Select(i => new ObjectName(i.Metadata.Namespace, i.Metadata.Name)).ToHashSet();
            foreach (var gone in _items.Keys.Where(k => !present.Contains(k)).ToList())
            {
                changes.Add(new ResourceChange<T>(RemoveUnderLock(gone), null));
            }
            undecodable =
            [
                .. list.Undecodable.Where(u =>
                    !_undecodable.TryGetValue(new ObjectName(u.Namespace, u.Name), out var known) || known.ResourceVersion != u.ResourceVersion),
            ];
            _undecodable.Clear();
            foreach (var item in list.Undecodable)
            {
                _undecodable[new ObjectName(item.Namespace, item.Name)] = item;
            }
            foreach (var item in list.Items)
            {
                if (SetUnderLock(item) is { } change)
                {
                    changes.Add(change);
                }
            }
            return changes;
        }
    }

    private ResourceChange<T>? SetUnderLock(T item)
    {
        var name = new ObjectName(item.Metadata.Namespace, item.Metadata.Name);
        _undecodable.Remove(name);
        var old = _items.GetValueOrDefault(name);
        if (old is not null && old.Metadata.ResourceVersion == item.Metadata.ResourceVersion && old.Metadata.Uid == item.Metadata.Uid
            && !string.IsNullOrEmpty(item.Metadata.ResourceVersion))
        {
            return null;
        }
        if (old is not null)
        {
            RemoveUnderLock(name);
        }
        _items[name] = item;
        foreach (var index in _indexes.Values)
        {
            index.Add(name, item);
        }
        _snapshot = null;
        return new ResourceChange<T>(old, item);
    }

    private T? RemoveUnderLock(ObjectName name)
    {
        if (!_items.Remove(name, out var old))
        {
            return null;
        }
        foreach (var index in _indexes.Values)
        {
            index.Remove(name);
        }
        _snapshot = null;
        return old;
    }
}
