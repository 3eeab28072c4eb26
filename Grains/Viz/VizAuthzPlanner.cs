using Mesh.Grains.Policies;
using Mesh.Grains.Ports;
using Mesh.Grains.Traffic;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;
using Mesh.Interfaces.Viz;

namespace Mesh.Grains.Viz;

/// <summary>The rows of <c>mesh viz authz</c>: what each authorization allowed, and what was denied.</summary>
public static class VizAuthzPlanner
{
    /// <summary>
    /// One row per route, server and authorization, sorted by server, route, authorization. A policy's authorization is shown also while it
    /// has no traffic; a default's, and what is denied, only with traffic.
    /// </summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="view">The cluster.</param>
    /// <param name="summaries">What the traffic grains answered, by namespace; one that is missing has no traffic.</param>
    public static IReadOnlyList<VizAuthzRow> Plan(VizQuery query, IClusterView view, IReadOnlyDictionary<string, TrafficSummary> summaries)
    {
        var sums = new Dictionary<Line, Sum>();
        foreach (var line in PolicyLines(query, view))
        {
            sums.TryAdd(line, new Sum());
        }
        foreach (var (series, seconds) in VizResources.Inbound(query, summaries).SelectMany(traffic => traffic))
        {
            // Without a server nothing decided: the proxy's own connections, or a series of before the policy was known.
            if (series.ServerName.Length == 0 || series.Success + series.Failure + series.Denied == 0)
            {
                continue;
            }
            var line = new Line(
                series.Route.Length == 0 ? "default" : series.Route,
                ServerName(series.ServerKind, series.ServerName),
                series.AuthorizationName.Length == 0 ? "" : $"{series.AuthorizationKind}/{series.AuthorizationName}");
            if (!sums.TryGetValue(line, out var sum))
            {
                sums[line] = sum = new Sum();
            }
            sum.Add(series, seconds);
        }
        return [.. sums
            .Select(entry => entry.Value.ToRow(entry.Key))
            .OrderBy(row => row.Server, StringComparer.Ordinal)
            .ThenBy(row => row.Route, StringComparer.Ordinal)
            .ThenBy(row => row.Authorization, StringComparer.Ordinal)];
    }

    /// <summary>The policies in effect over the resource's pods, in the way proxies are told of them.</summary>
    private static IEnumerable<Line> PolicyLines(VizQuery query, IClusterView view) =>
        from pods in VizResources.Pods(query, view)
        from pod in pods
        where VizResources.IsMeshed(pod, view)
        from port in InboundPolicyPlanner.Plan(pod, view.Namespace(pod.Namespace), view).Ports
        from authorization in port.Authorizations
        where authorization.Kind != DefaultPolicy.Kind
        select new Line("default", ServerName(port.ServerKind, port.ServerName), $"{authorization.Kind}/{authorization.Name}");

    /// <summary>A Server by its name, a default as "default:all-unauthenticated".</summary>
    private static string ServerName(string kind, string name) => kind == DefaultPolicy.Kind ? $"{kind}:{name}" : name;

    private sealed record Line(string Route, string Server, string Authorization);

    private sealed class Sum
    {
        private readonly LatencyHistogram _latencies = new();
        private double _success;
        private double _requests;
        private double _rate;
        private double _deniedRate;

        public void Add(TrafficSeries series, double seconds)
        {
            _success += series.Success;
            _requests += series.Success + series.Failure;
            _rate += (series.Success + series.Failure) / seconds;
            _deniedRate += series.Denied / seconds;
            _latencies.Add(series.LatencyCounts);
        }

        public VizAuthzRow ToRow(Line line) => new()
        {
            Route = line.Route,
            Server = line.Server,
            Authorization = line.Authorization,
            Unauthorized = _deniedRate,
            Success = _requests == 0 ? 0 : _success / _requests,
            Rps = _rate,
            LatencyP50 = _latencies.Quantile(0.50),
            LatencyP95 = _latencies.Quantile(0.95),
            LatencyP99 = _latencies.Quantile(0.99),
        };
    }
}
