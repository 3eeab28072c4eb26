using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Metrics;

/// <summary>Adds up the loops' series: differences for the control plane, totals for Prometheus.</summary>
internal sealed class TrafficCollector(IReadOnlyList<LoopMetrics> loops)
{
    private readonly Lock _lock = new();

    /// <summary>What has changed since the last call, one series per label set; nothing for those without change or connections.</summary>
    public TrafficReport Collect()
    {
        var report = new TrafficReport();
        lock (_lock)
        {
            var merged = new Dictionary<SeriesKey, TrafficSeries>();
            foreach (var loop in loops)
            {
                foreach (var series in loop.Snapshot())
                {
                    AddDifference(series, merged);
                }
            }
            report.Series.AddRange(merged.Values);
        }
        return report;
    }

    /// <summary>All label sets with their totals.</summary>
    public Dictionary<SeriesKey, SeriesCounts> Totals()
    {
        var totals = new Dictionary<SeriesKey, SeriesCounts>();
        foreach (var loop in loops)
        {
            foreach (var series in loop.Snapshot())
            {
                if (!totals.TryGetValue(series.Key, out var counts))
                {
                    totals.Add(series.Key, counts = new SeriesCounts());
                }
                counts.Add(series.Counts);
            }
        }
        return totals;
    }

    private static void AddDifference(Series series, Dictionary<SeriesKey, TrafficSeries> merged)
    {
        var now = new SeriesCounts();
        now.Add(series.Counts);
        var old = series.Reported;
        var changed = now.Success != old.Success || now.Failure != old.Failure || now.Denied != old.Denied
            || now.ConnectionsOpened != old.ConnectionsOpened || now.ConnectionsOpen != old.ConnectionsOpen
            || now.Retries != old.Retries || now.ReadBytes != old.ReadBytes || now.WrittenBytes != old.WrittenBytes;
        if (!changed && now.ConnectionsOpen == 0)
        {
            return;
        }
        if (!merged.TryGetValue(series.Key, out var sum))
        {
            merged.Add(series.Key, sum = Describe(series.Key));
        }
        sum.Success += (ulong)(now.Success - old.Success);
        sum.Failure += (ulong)(now.Failure - old.Failure);
        sum.Denied += (ulong)(now.Denied - old.Denied);
        for (var i = 0; i < now.Latencies.Length; i++)
        {
            sum.LatencyCounts[i] += (ulong)(now.Latencies[i] - old.Latencies[i]);
        }
        sum.ConnectionsOpened += (ulong)(now.ConnectionsOpened - old.ConnectionsOpened);
        sum.ConnectionsOpen += (ulong)Math.Max(0, now.ConnectionsOpen);
        sum.ReadBytes += (ulong)(now.ReadBytes - old.ReadBytes);
        sum.WrittenBytes += (ulong)(now.WrittenBytes - old.WrittenBytes);
        sum.Retries += (ulong)(now.Retries - old.Retries);
        old.Success = now.Success;
        old.Failure = now.Failure;
        old.Denied = now.Denied;
        now.Latencies.CopyTo(old.Latencies, 0);
        old.ConnectionsOpened = now.ConnectionsOpened;
        old.ConnectionsOpen = now.ConnectionsOpen;
        old.ReadBytes = now.ReadBytes;
        old.WrittenBytes = now.WrittenBytes;
        old.Retries = now.Retries;
    }

    private static TrafficSeries Describe(SeriesKey key)
    {
        var series = new TrafficSeries
        {
            Direction = key.Direction,
            Namespace = key.Namespace,
            Pod = key.Pod,
            OwnerKind = key.OwnerKind,
            OwnerName = key.OwnerName,
            PeerIdentity = key.PeerIdentity,
            PeerCluster = key.PeerCluster,
            PeerNamespace = key.PeerNamespace,
            PeerOwner = key.PeerOwner,
            ServiceNamespace = key.ServiceNamespace,
            Service = key.Service,
            ServerKind = key.ServerKind,
            ServerName = key.ServerName,
            Route = key.Route,
            AuthorizationKind = key.AuthorizationKind,
            AuthorizationName = key.AuthorizationName,
            Tls = key.Tls,
        };
        series.LatencyCounts.AddRange(new ulong[Interfaces.Traffic.LatencyBuckets.Count]);
        return series;
    }
}
