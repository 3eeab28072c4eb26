using System.Globalization;
using Mesh.Grains.Ports;
using Mesh.Grains.Traffic;
using Mesh.Interfaces.Traffic;
using Mesh.Interfaces.Viz;

namespace Mesh.Grains.Viz;

/// <summary>The rows of <c>mesh viz stat</c>: inbound golden metrics of workloads, pods or namespaces.</summary>
public static class VizStatPlanner
{
    /// <summary>
    /// One row per resource that has a meshed pod running, whether it has traffic or not, sorted by namespace and name. Denied requests are
    /// no part of success and rate, as in Linkerd: <see cref="VizAuthzPlanner"/> shows them.
    /// </summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="view">The cluster.</param>
    /// <param name="summaries">What the traffic grains answered, by namespace; one that is missing has no traffic.</param>
    public static IReadOnlyList<VizStatRow> Plan(VizQuery query, IClusterView view, IReadOnlyDictionary<string, TrafficSummary> summaries)
    {
        var traffic = VizResources.Inbound(query, summaries);
        var rows = new List<VizStatRow>();
        foreach (var pods in VizResources.Pods(query, view))
        {
            var meshed = pods.Count(pod => VizResources.IsMeshed(pod, view));
            if (meshed == 0)
            {
                continue;
            }
            var row = new VizStatRow
            {
                Namespace = pods.Key.Namespace,
                Kind = query.Kind,
                Name = pods.Key.Name,
                Meshed = string.Create(CultureInfo.InvariantCulture, $"{meshed}/{pods.Count()}"),
            };
            rows.Add(WithTraffic(row, [.. traffic[pods.Key]]));
        }
        return [.. rows.OrderBy(row => row.Namespace, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal)];
    }

    private static VizStatRow WithTraffic(VizStatRow row, List<(Interfaces.NodeSession.TrafficSeries Series, double Seconds)> traffic)
    {
        if (traffic.Count == 0)
        {
            return row;
        }
        double success = 0, requests = 0, rate = 0, read = 0, written = 0;
        long open = 0;
        var latencies = new LatencyHistogram();
        foreach (var (series, seconds) in traffic)
        {
            success += series.Success;
            requests += series.Success + series.Failure;
            rate += (series.Success + series.Failure) / seconds;
            read += series.ReadBytes / seconds;
            written += series.WrittenBytes / seconds;
            open += (long)series.ConnectionsOpen;
            latencies.Add(series.LatencyCounts);
        }
        row = row with { TcpOpenConnections = open, TcpReadBytesRate = read, TcpWriteBytesRate = written };
        return requests == 0
            ? row
            : row with
            {
                Success = success / requests,
                Rps = rate,
                LatencyP50 = latencies.Quantile(0.50),
                LatencyP95 = latencies.Quantile(0.95),
                LatencyP99 = latencies.Quantile(0.99),
            };
    }
}
