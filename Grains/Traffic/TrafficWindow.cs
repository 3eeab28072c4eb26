using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Traffic;

/// <summary>
/// The traffic of one namespace second by second, over the last ten minutes. Seconds without traffic cost nothing; the number of series
/// is bounded, the longest idle making room. Not thread-safe: a grain's turns use it one at a time.
/// </summary>
internal sealed class TrafficWindow(TimeProvider time)
{
    public const int MaxSeries = 4096;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(15);

    /// <summary>Proxies report open connections every second; a proxy that has stopped reporting has none we know of.</summary>
    private static readonly TimeSpan GaugeAge = TimeSpan.FromSeconds(10);

    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly Dictionary<(string Node, TrafficSeriesKey Key), Series> _series = [];

    public int SeriesCount => _series.Count;

    public void Record(string node, TrafficReport report)
    {
        var now = time.GetUtcNow();
        foreach (var reported in report.Series)
        {
            var key = (node, TrafficSeriesKey.Of(reported));
            if (!_series.TryGetValue(key, out var series))
            {
                MakeRoom(now);
                _series[key] = series = new Series();
            }
            series.Add(now, reported);
        }
    }

    /// <summary>Sums per label set over the window, which is cut to between 15 s and 10 min.</summary>
    /// <param name="window">How long to look back.</param>
    /// <param name="seconds">What the sums are over; less than the window while this has not listened that long. Never 0.</param>
    /// <returns>One per series with traffic in the window or connections open now.</returns>
    public List<TrafficSeries> Query(TimeSpan window, out double seconds)
    {
        var now = time.GetUtcNow();
        window = TimeSpan.FromTicks(Math.Clamp(window.Ticks, Shortest.Ticks, Longest.Ticks));
        seconds = Math.Clamp((now - _began).TotalSeconds, 1, window.TotalSeconds);
        var from = now.ToUnixTimeSeconds() - (long)window.TotalSeconds;
        var sums = new Dictionary<TrafficSeriesKey, TrafficSeries>();
        foreach (var ((_, key), series) in _series)
        {
            var open = now - series.UpdatedAt <= GaugeAge ? series.Open : 0;
            var cells = series.Since(from).ToList();
            if (open == 0 && cells.Count == 0)
            {
                continue;
            }
            if (!sums.TryGetValue(key, out var sum))
            {
                sums[key] = sum = key.ToSeries();
            }
            sum.ConnectionsOpen += open;
            cells.ForEach(cell => cell.AddTo(sum));
        }
        return [.. sums.Values];
    }

    /// <summary>Forgets what is older than any window. Call it now and then.</summary>
    public void Prune()
    {
        var now = time.GetUtcNow();
        foreach (var (key, series) in _series.ToList())
        {
            series.DropUntil(now.ToUnixTimeSeconds() - (long)Longest.TotalSeconds);
            if (now - series.UpdatedAt > Longest)
            {
                _series.Remove(key);
            }
        }
    }

    private void MakeRoom(DateTimeOffset now)
    {
        if (_series.Count < MaxSeries)
        {
            return;
        }
        Prune();
        // A tenth at once, so that a flood of labels does not sort the table for each of them.
        var surplus = _series.Count - (MaxSeries * 9 / 10);
        foreach (var (key, _) in _series.OrderBy(entry => entry.Value.UpdatedAt).Take(surplus).ToList())
        {
            _series.Remove(key);
        }
    }

    private sealed class Series
    {
        private readonly Queue<TrafficCell> _cells = [];
        private TrafficCell? _latest;

        public DateTimeOffset UpdatedAt { get; private set; }

        public ulong Open { get; private set; }

        public void Add(DateTimeOffset now, TrafficSeries reported)
        {
            UpdatedAt = now;
            Open = reported.ConnectionsOpen;
            if (TrafficCell.IsEmpty(reported))
            {
                return;
            }
            var second = now.ToUnixTimeSeconds();
            if (_latest?.Second != second)
            {
                _latest = new TrafficCell(second);
                _cells.Enqueue(_latest);
                DropUntil(second - (long)Longest.TotalSeconds);
            }
            _latest.Add(reported);
        }

        public IEnumerable<TrafficCell> Since(long second) => _cells.Where(cell => cell.Second > second);

        public void DropUntil(long second)
        {
            while (_cells.TryPeek(out var oldest) && oldest.Second <= second)
            {
                _cells.Dequeue();
            }
            if (_cells.Count == 0)
            {
                _latest = null;
            }
        }
    }
}
