namespace Mesh.Grains.Publishing;

/// <summary>
/// Remembers what was just written. Informers show a write some milliseconds after it was made, and until then a pass would write it again.
/// </summary>
internal sealed class RecentWrites<TKey>(TimeProvider time)
    where TKey : notnull
{
    /// <summary>By when an informer has seen a write; afterwards what the view shows is taken for what is.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromSeconds(2);

    private readonly Dictionary<TKey, (ulong Version, DateTimeOffset At)> _writes = [];

    /// <summary>The same content was written there a moment ago.</summary>
    public bool Has(TKey key, ulong version) =>
        _writes.TryGetValue(key, out var write) && write.Version == version && time.GetUtcNow() - write.At < Horizon;

    public void Add(TKey key, ulong version)
    {
        var now = time.GetUtcNow();
        foreach (var old in _writes.Where(entry => now - entry.Value.At >= Horizon).Select(entry => entry.Key).ToList())
        {
            _writes.Remove(old);
        }
        _writes[key] = (version, now);
    }

    public void Forget(TKey key) => _writes.Remove(key);
}
