using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Metrics;

/// <summary>A loop's series and error counts. Series are found and made on the loop; other threads read <see cref="Snapshot"/>.</summary>
internal sealed class LoopMetrics(int maxSeries)
{
    private static readonly int ErrorKinds = Enum.GetValues<ProxyError>().Length;
    private readonly Dictionary<SeriesKey, Series> _series = [];
    private readonly Lock _lock = new();
    private readonly List<Series> _all = [];
    private readonly long[] _errors = new long[2 * ErrorKinds];
    private long _lostSources;

    /// <summary>The loop's connections, both directions.</summary>
    public int Connections { get; set; }

    public Series Find(SeriesKey key)
    {
        if (_series.TryGetValue(key, out var series))
        {
            return series;
        }
        if (_series.Count >= maxSeries)
        {
            var general = key.WithoutPeer();
            if (_series.TryGetValue(general, out series))
            {
                return series;
            }
            key = general;
        }
        series = new Series(key);
        _series.Add(key, series);
        lock (_lock)
        {
            _all.Add(series);
        }
        return series;
    }

    /// <summary>Connections to applications that carry the pod's address instead of the client's. Read from other threads.</summary>
    public long LostSources => Volatile.Read(ref _lostSources);

    public void CountLostSource() => Volatile.Write(ref _lostSources, _lostSources + 1);

    public void Count(ConnectionDirection direction, ProxyError error) => _errors[(int)direction * ErrorKinds + (int)error]++;

    public long Errors(ConnectionDirection direction, ProxyError error) =>
        Volatile.Read(ref _errors[(int)direction * ErrorKinds + (int)error]);

    /// <summary>Drops series that have been idle since before <paramref name="idleSince"/> and have no connection open.</summary>
    public void DropIdle(long idleSince)
    {
        lock (_lock)
        {
            _all.RemoveAll(series =>
            {
                if (series.LastActive >= idleSince || series.Counts.ConnectionsOpen != 0)
                {
                    return false;
                }
                series.IsRetired = true;
                _series.Remove(series.Key);
                return true;
            });
        }
    }

    public Series[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _all];
        }
    }
}
