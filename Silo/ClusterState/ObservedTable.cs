using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Silo.ClusterState;

/// <summary>
/// Observed records by namespace and name, and by any number of indexes. Safe to use from any thread; what is read is a snapshot, made anew
/// only after a change to the part that is read.
/// </summary>
internal sealed class ObservedTable<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Bucket _all = new();
    private readonly ImmutableArray<Index> _indexes;

    /// <param name="indexes">For each index the keys of a record; pure functions.</param>
    public ObservedTable(params ReadOnlySpan<Func<T, IEnumerable<string>>> indexes)
    {
        var made = ImmutableArray.CreateBuilder<Index>();
        foreach (var keys in indexes)
        {
            made.Add(new Index(keys));
        }
        _indexes = made.ToImmutable();
    }

    public IReadOnlyCollection<T> Items
    {
        get
        {
            lock (_lock)
            {
                return _all.Snapshot();
            }
        }
    }

    public T? Get(string ns, string name)
    {
        lock (_lock)
        {
            return _all.Records.GetValueOrDefault((ns, name));
        }
    }

    /// <param name="index">The index's position in the constructor.</param>
    /// <param name="key">What to look up.</param>
    public IReadOnlyCollection<T> Find(int index, string key)
    {
        lock (_lock)
        {
            return _indexes[index].Buckets.TryGetValue(key, out var bucket) ? bucket.Snapshot() : [];
        }
    }

    /// <param name="old">The record it replaces.</param>
    public void Set(string ns, string name, T record, out T? old)
    {
        lock (_lock)
        {
            _all.Records.TryGetValue((ns, name), out old);
            if (old is not null)
            {
                Unindex(ns, name, old);
            }
            _all.Put(ns, name, record);
            foreach (var index in _indexes)
            {
                foreach (var key in index.Keys(record).Distinct())
                {
                    if (!index.Buckets.TryGetValue(key, out var bucket))
                    {
                        index.Buckets[key] = bucket = new Bucket();
                    }
                    bucket.Put(ns, name, record);
                }
            }
        }
    }

    public bool Remove(string ns, string name, [NotNullWhen(true)] out T? old)
    {
        lock (_lock)
        {
            if (!_all.Records.TryGetValue((ns, name), out old))
            {
                return false;
            }
            Unindex(ns, name, old);
            _all.Drop(ns, name);
            return true;
        }
    }

    private void Unindex(string ns, string name, T old)
    {
        foreach (var index in _indexes)
        {
            foreach (var key in index.Keys(old).Distinct())
            {
                if (index.Buckets.TryGetValue(key, out var bucket) && bucket.Drop(ns, name))
                {
                    index.Buckets.Remove(key);
                }
            }
        }
    }

    private sealed record Index(Func<T, IEnumerable<string>> Keys)
    {
        public Dictionary<string, Bucket> Buckets { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Bucket
    {
        private T[]? _snapshot;

        public Dictionary<(string Namespace, string Name), T> Records { get; } = [];

        public T[] Snapshot() => _snapshot ??= [.. Records.Values];

        public void Put(string ns, string name, T record)
        {
            Records[(ns, name)] = record;
            _snapshot = null;
        }

        /// <returns>True when it is empty now.</returns>
        public bool Drop(string ns, string name)
        {
            Records.Remove((ns, name));
            _snapshot = null;
            return Records.Count == 0;
        }
    }
}
