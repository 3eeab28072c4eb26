using System.Collections.Concurrent;

namespace Mesh.Benchmarks.Soak;

/// <summary>How often the applications have seen each request under way. Thread-safe.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<long, int> _seen = new();
    private long _last;

    /// <summary>The number of a new request.</summary>
    public long Begin()
    {
        var id = Interlocked.Increment(ref _last);
        _seen[id] = 0;
        return id;
    }

    /// <summary>An application has been given a request. One that nobody waits for any more does not count.</summary>
    public void Saw(long id)
    {
        while (_seen.TryGetValue(id, out var times) && !_seen.TryUpdate(id, times + 1, times))
        {
        }
    }

    public int Seen(long id) => _seen.GetValueOrDefault(id);

    public void End(long id) => _seen.TryRemove(id, out _);
}
