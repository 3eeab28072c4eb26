using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes.Informers;

/// <summary>Objects by keys made from them. Guarded by its store's lock.</summary>
internal sealed class InformerIndex<T>(Func<T, IEnumerable<string>> keysOf)
    where T : class, IKubernetesResource
{
    private readonly Dictionary<string, Dictionary<ObjectName, T>> _byKey = [];
    private readonly Dictionary<ObjectName, string[]> _keys = [];

    public void Add(ObjectName name, T item)
    {
        string[] keys = [.. keysOf(item).Distinct()];
        if (keys.Length == 0)
        {
            return;
        }
        _keys[name] = keys;
        foreach (var key in keys)
        {
            if (!_byKey.TryGetValue(key, out var items))
            {
                _byKey[key] = items = [];
            }
            items[name] = item;
        }
    }

    public void Remove(ObjectName name)
    {
        if (!_keys.Remove(name, out var keys))
        {
            return;
        }
        foreach (var key in keys)
        {
            var items = _byKey[key];
            items.Remove(name);
            if (items.Count == 0)
            {
                _byKey.Remove(key);
            }
        }
    }

    public IReadOnlyList<T> Find(string key) => _byKey.TryGetValue(key, out var items) ? [.. items.Values] : [];
}
