using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Session;

/// <summary>
/// Traffic that no silo has been told of yet. Reports are added up, so that a lost session costs memory for the series only, of which
/// there are at most <see cref="MaximumSeries"/>. Thread-safe.
/// </summary>
internal sealed class TrafficBuffer
{
    /// <summary>Further series are counted as dropped; what is held already goes on being added up.</summary>
    public const int MaximumSeries = 10_000;

    // So that a report stays far below the largest message a silo accepts.
    private const int MaximumPerReport = 4_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<TrafficSeries, TrafficSeries> _series = [];

    /// <summary>Reports of series that found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>How many series wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _series.Count;
            }
        }
    }

    /// <param name="report">What has happened. The buffer keeps its series; the caller must not change them.</param>
    /// <param name="earlier">
    /// It happened before what is held (a report that could not be sent comes back): gauges keep the later value.
    /// </param>
    public void Add(TrafficReport report, bool earlier = false)
    {
        lock (_lock)
        {
            foreach (var series in report.Series)
            {
                var key = Labels(series);
                if (_series.TryGetValue(key, out var held))
                {
                    AddTo(held, series, earlier);
                }
                else if (_series.Count < MaximumSeries)
                {
                    _series[key] = series;
                }
                else
                {
                    Dropped++;
                }
            }
        }
    }

    /// <summary>Takes what waits, as much as fits into one report; empty when nothing does.</summary>
    public TrafficReport Take()
    {
        lock (_lock)
        {
            var report = new TrafficReport();
            if (_series.Count <= MaximumPerReport)
            {
                report.Series.AddRange(_series.Values);
                _series.Clear();
                return report;
            }
            foreach (var key in _series.Keys.Take(MaximumPerReport).ToList())
            {
                _series.Remove(key, out var series);
                report.Series.Add(series);
            }
            return report;
        }
    }

    // The series without its numbers: protobuf compares by value.
    private static TrafficSeries Labels(TrafficSeries series)
    {
        var labels = series.Clone();
        labels.Success = labels.Failure = labels.Denied = 0;
        labels.LatencyCounts.Clear();
        labels.ConnectionsOpened = labels.ConnectionsOpen = 0;
        labels.ReadBytes = labels.WrittenBytes = 0;
        return labels;
    }

    private static void AddTo(TrafficSeries held, TrafficSeries more, bool earlier)
    {
        held.Success += more.Success;
        held.Failure += more.Failure;
        held.Denied += more.Denied;
        held.ConnectionsOpened += more.ConnectionsOpened;
        held.ReadBytes += more.ReadBytes;
        held.WrittenBytes += more.WrittenBytes;
        if (!earlier)
        {
            held.ConnectionsOpen = more.ConnectionsOpen;
        }
        for (var i = 0; i < more.LatencyCounts.Count; i++)
        {
            if (i < held.LatencyCounts.Count)
            {
                held.LatencyCounts[i] += more.LatencyCounts[i];
            }
            else
            {
                held.LatencyCounts.Add(more.LatencyCounts[i]);
            }
        }
    }
}
