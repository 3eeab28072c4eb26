using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Storage;

/// <summary>
/// All objects of a cluster, in memory, with one revision counter. Every change is made, numbered and announced under one lock, so
/// watchers see changes in revision order and a list and the watch that continues it leave no gap.
/// </summary>
internal sealed class ResourceStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceTable> _tables = new(StringComparer.Ordinal);
    private readonly int _logCapacity;
    private long _revision = 1;
    private long _compacted;

    /// <param name="logCapacity">How many changes per resource a watch can at least go back.</param>
    public ResourceStore(int logCapacity = 4096) => _logCapacity = logCapacity;

    /// <summary>Raised under the lock for every change: handlers only take note and return.</summary>
    public event Action<StoreEvent>? Changed;

    public long Revision
    {
        get
        {
            lock (_lock)
            {
                return _revision;
            }
        }
    }

    public StoredObject? Get(string resource, string ns, string name)
    {
        lock (_lock)
        {
            return Table(resource).Get(ns, name);
        }
    }

    public List<StoredObject> List(string resource, string? ns = null) => List(resource, ns, out _);

    public List<StoredObject> List(string resource, string? ns, out long revision)
    {
        lock (_lock)
        {
            revision = _revision;
            return Table(resource).List(ns);
        }
    }

    /// <summary>Everything there is, as if it had just been added.</summary>
    public List<StoreEvent> Snapshot()
    {
        lock (_lock)
        {
            return [.. _tables.SelectMany(t => t.Value.List(null).Select(o => new StoreEvent(t.Key, StoreEventType.Added, o, null)))];
        }
    }

    /// <summary>
    /// Takes over everything another store held, as <see cref="Snapshot"/> told it. History before that is compacted: a watch that wants to
    /// go back further is told so.
    /// </summary>
    public void Restore(IEnumerable<StoreEvent> objects, long revision)
    {
        lock (_lock)
        {
            foreach (var added in objects)
            {
                Announce(Table(added.Resource), added);
            }
            // Past everything anybody can have seen, so that every watch of before has to list again.
            _revision = revision + 1;
            _compacted = _revision;
        }
    }

    /// <summary>
    /// Runs a read-decide-write sequence as one step. <paramref name="action"/> may call the store, and must not wait for anything.
    /// </summary>
    public T Atomically<T>(Func<T> action)
    {
        lock (_lock)
        {
            return action();
        }
    }

    /// <summary>Puts an object in place of the version there is, if any, and numbers it.</summary>
    /// <param name="resource">The table.</param>
    /// <param name="json">Owned by the store from here on.</param>
    public StoredObject Put(string resource, JsonObject json)
    {
        lock (_lock)
        {
            var metadata = json.Child("metadata");
            var revision = ++_revision;
            metadata["resourceVersion"] = revision.ToString();
            var stored = new StoredObject(json, revision);
            var table = Table(resource);
            var previous = table.Get(stored.Namespace, stored.Name);
            Announce(table, new(resource, previous is null ? StoreEventType.Added : StoreEventType.Modified, stored, previous));
            return stored;
        }
    }

    /// <summary>Removes an object; false when it is not there.</summary>
    public bool Remove(string resource, string ns, string name)
    {
        lock (_lock)
        {
            var table = Table(resource);
            if (table.Get(ns, name) is not { } previous)
            {
                return false;
            }
            var last = previous.Json.Copy();
            var revision = ++_revision;
            last.Child("metadata")["resourceVersion"] = revision.ToString();
            Announce(table, new(resource, StoreEventType.Deleted, new(last, revision), previous));
            return true;
        }
    }

    /// <summary>Follows a table's changes after <paramref name="revision"/>; null when they are no longer known.</summary>
    public StoreWatch? Watch(string resource, long revision)
    {
        lock (_lock)
        {
            var table = Table(resource);
            if (revision < Math.Max(_compacted, table.CompactedRevision))
            {
                return null;
            }
            var watch = new StoreWatch(Unsubscribe);
            table.Follow(watch, revision);
            return watch;

            void Unsubscribe(StoreWatch ended)
            {
                lock (_lock)
                {
                    table.Unfollow(ended);
                }
            }
        }
    }

    /// <summary>The revision up to which <paramref name="watch"/> has handed out everything; null while changes are still queued.</summary>
    public long? DrainedRevision(StoreWatch watch)
    {
        lock (_lock)
        {
            return watch.IsDrained ? _revision : null;
        }
    }

    private void Announce(ResourceTable table, StoreEvent change)
    {
        table.Apply(change);
        Changed?.Invoke(change);
    }

    private ResourceTable Table(string resource)
    {
        if (!_tables.TryGetValue(resource, out var table))
        {
            _tables[resource] = table = new(_logCapacity);
        }
        return table;
    }
}
