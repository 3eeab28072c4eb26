using System.Buffers;
using System.Globalization;
using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Metrics;

/// <summary>
/// Prometheus text with the metric names and labels of Linkerd's proxy, so that its dashboards and queries work, plus the remote cluster
/// (<c>dst_cluster</c>), which Linkerd does not tell in pod-to-pod mode.
/// </summary>
internal sealed class PrometheusWriter(IBufferWriter<byte> output)
{
    private const string PolicyGroup = "policy.linkerd.io";
    private readonly StringBuilder _text = new();

    /// <param name="totals">Counts by their labels.</param>
    /// <param name="loops">For what is counted without labels.</param>
    /// <param name="counters">Names and values of counters that belong to no loop.</param>
    public void Write(
        IReadOnlyDictionary<SeriesKey, SeriesCounts> totals, IReadOnlyList<LoopMetrics> loops,
        params ReadOnlySpan<(string Name, long Value)> counters)
    {
        Family("request_total", "counter", totals, (labels, counts) => Line("request_total", labels, "", counts.Requests));
        Family("response_total", "counter", totals, WriteResponses);
        Family("response_latency_ms", "histogram", totals, WriteLatencies);
        Family("tcp_open_total", "counter", totals, (labels, counts) => Line("tcp_open_total", labels, "", counts.ConnectionsOpened));
        Family("tcp_open_connections", "gauge", totals, (labels, counts) =>
            Line("tcp_open_connections", labels, "", counts.ConnectionsOpen));
        Family("tcp_close_total", "counter", totals, (labels, counts) =>
            Line("tcp_close_total", labels, "", counts.ConnectionsOpened - counts.ConnectionsOpen));
        Family("tcp_read_bytes_total", "counter", totals, (labels, counts) => Line("tcp_read_bytes_total", labels, "", counts.ReadBytes));
        Family("tcp_write_bytes_total", "counter", totals, (labels, counts) =>
            Line("tcp_write_bytes_total", labels, "", counts.WrittenBytes));
        WriteRetries(totals);
        WriteAuthorization(totals);
        WriteErrors(loops);
        _text.Append("# TYPE inbound_client_address_lost_total counter\ninbound_client_address_lost_total ")
            .Append(loops.Sum(loop => loop.LostSources)).Append('\n');
        foreach (var (name, value) in counters)
        {
            _text.Append("# TYPE ").Append(name).Append(" counter\n").Append(name).Append(' ').Append(value).Append('\n');
        }
        Encoding.UTF8.GetBytes(_text.ToString(), output);
    }

    // In Linkerd these are per route; with the labels of the endpoint they add up to the same.
    private void WriteRetries(IReadOnlyDictionary<SeriesKey, SeriesCounts> totals)
    {
        var retried = totals
            .Where(pair => pair.Value.Retries + pair.Value.RetriesBeyondLimit + pair.Value.RetriesBeyondBudget > 0).ToList();
        Retries("requests", counts => counts.Retries);
        Retries("successes", counts => counts.RetrySuccesses);
        Retries("limit_exceeded", counts => counts.RetriesBeyondLimit);
        Retries("overflow", counts => counts.RetriesBeyondBudget);

        void Retries(string what, Func<SeriesCounts, long> count)
        {
            var name = $"outbound_http_route_retry_{what}_total";
            Family(name, "counter", retried, (labels, counts) => Line(name, labels, "", count(counts)));
        }
    }

    private void WriteAuthorization(IReadOnlyDictionary<SeriesKey, SeriesCounts> totals)
    {
        var inbound = totals.Where(pair => pair.Key.Direction == TrafficSeries.Types.Direction.Inbound).ToList();
        Family("inbound_http_authz_allow_total", "counter", inbound.Where(pair => Allowed(pair.Key) && pair.Value.Requests > 0),
            (labels, counts) => Line("inbound_http_authz_allow_total", labels, "", counts.Requests));
        Family("inbound_http_authz_deny_total", "counter", inbound.Where(pair => pair.Value.Denied > pair.Value.ConnectionsDenied),
            (labels, counts) => Line("inbound_http_authz_deny_total", labels, "", counts.Denied - counts.ConnectionsDenied));
        Family("inbound_tcp_authz_allow_total", "counter", inbound.Where(pair => Allowed(pair.Key) && pair.Value.ConnectionsOpened > 0),
            (labels, counts) => Line("inbound_tcp_authz_allow_total", labels, "", counts.ConnectionsOpened));
        Family("inbound_tcp_authz_deny_total", "counter", inbound.Where(pair => pair.Value.ConnectionsDenied > 0),
            (labels, counts) => Line("inbound_tcp_authz_deny_total", labels, "", counts.ConnectionsDenied));
        Family("inbound_tcp_authz_terminate_total", "counter", inbound.Where(pair => pair.Value.ConnectionsTerminated > 0),
            (labels, counts) => Line("inbound_tcp_authz_terminate_total", labels, "", counts.ConnectionsTerminated));
    }

    private void WriteErrors(IReadOnlyList<LoopMetrics> loops)
    {
        foreach (var direction in Enum.GetValues<ConnectionDirection>())
        {
            var name = direction == ConnectionDirection.Inbound ? "inbound_errors_total" : "outbound_errors_total";
            _text.Append("# TYPE ").Append(name).Append(" counter\n");
            foreach (var error in Enum.GetValues<ProxyError>())
            {
                var sum = loops.Sum(loop => loop.Errors(direction, error));
                if (sum > 0)
                {
                    Line(name, $"error=\"{error}\"", "", sum);
                }
            }
        }
    }

    private void WriteResponses(string labels, SeriesCounts counts)
    {
        for (var i = 0; i < counts.Statuses.Length; i++)
        {
            if (counts.Statuses[i] > 0)
            {
                var status = (i + 100).ToString(CultureInfo.InvariantCulture);
                var classification = i >= 400 ? "failure" : "success";
                Line("response_total", labels, $",classification=\"{classification}\",status_code=\"{status}\"", counts.Statuses[i]);
            }
        }
        for (var i = 0; i < counts.GrpcStatuses.Length; i++)
        {
            if (counts.GrpcStatuses[i] > 0)
            {
                var classification = GrpcStatus.IsFailure(i) ? "failure" : "success";
                Line("response_total", labels, $",classification=\"{classification}\",status_code=\"200\",grpc_status=\"{i}\"",
                    counts.GrpcStatuses[i]);
            }
        }
    }

    private void WriteLatencies(string labels, SeriesCounts counts)
    {
        if (counts.Success + counts.Failure == 0)
        {
            return;
        }
        var below = 0L;
        var bounds = LatencyBuckets.UpperBoundsMicroseconds;
        for (var i = 0; i < bounds.Length; i++)
        {
            below += counts.Latencies[i];
            Line("response_latency_ms_bucket", labels, $",le=\"{(bounds[i] / 1000.0).ToString(CultureInfo.InvariantCulture)}\"", below);
        }
        below += counts.Latencies[^1];
        Line("response_latency_ms_bucket", labels, ",le=\"+Inf\"", below);
        Line("response_latency_ms_sum", labels, "", counts.LatencySumMicroseconds / 1000);
        Line("response_latency_ms_count", labels, "", below);
    }

    private void Family(
        string name, string type, IEnumerable<KeyValuePair<SeriesKey, SeriesCounts>> series, Action<string, SeriesCounts> write)
    {
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        foreach (var (key, counts) in series)
        {
            write(Labels(key), counts);
        }
    }

    private void Line(string name, string labels, string more, long value) =>
        _text.Append(name).Append('{').Append(labels).Append(more).Append("} ").Append(value).Append('\n');

    private static bool Allowed(SeriesKey key) => key.AuthorizationName.Length > 0;

    private static string Labels(SeriesKey key)
    {
        var inbound = key.Direction == TrafficSeries.Types.Direction.Inbound;
        var labels = new StringBuilder();
        Add(labels, "direction", inbound ? "inbound" : "outbound");
        Add(labels, "peer", inbound ? "src" : "dst");
        Add(labels, "namespace", key.Namespace);
        Add(labels, "pod", key.Pod);
        Add(labels, OwnerLabel(key.OwnerKind, ""), key.OwnerName);
        Add(labels, "tls", key.Tls ? "true" : "no_identity");
        Add(labels, inbound ? "client_id" : "server_id", key.PeerIdentity);
        if (inbound)
        {
            Add(labels, "srv_group", key.ServerKind == "server" ? PolicyGroup : "");
            Add(labels, "srv_kind", key.ServerKind);
            Add(labels, "srv_name", key.ServerName);
            Add(labels, "route_name", key.Route);
            Add(labels, "authz_group", key.AuthorizationKind is "authorizationpolicy" or "serverauthorization" ? PolicyGroup : "");
            Add(labels, "authz_kind", key.AuthorizationKind);
            Add(labels, "authz_name", key.AuthorizationName);
        }
        else
        {
            Add(labels, "dst_cluster", key.PeerCluster);
            Add(labels, "dst_namespace", key.PeerNamespace);
            Add(labels, OwnerLabel(key.PeerOwnerKind, "dst_"), key.PeerOwner);
            Add(labels, "dst_service_namespace", key.ServiceNamespace);
            Add(labels, "dst_service", key.Service);
            Add(labels, "route_kind", key.RouteKind);
            Add(labels, "route_namespace", key.RouteNamespace);
            Add(labels, "route_name", key.Route);
            // As Linkerd names the Service a route belongs to.
            Add(labels, "parent_kind", key.Service.Length > 0 ? "Service" : "");
            Add(labels, "parent_namespace", key.ServiceNamespace);
            Add(labels, "parent_name", key.Service);
        }
        return labels.ToString();
    }

    // Linkerd names the label after the owner's kind: deployment="web".
    private static string OwnerLabel(string kind, string prefix) =>
        prefix + (kind is "deployment" or "statefulset" or "daemonset" or "replicaset" or "job" or "cronjob" ? kind : "workload");

    private static void Add(StringBuilder labels, string name, string value)
    {
        if (value.Length == 0)
        {
            return;
        }
        if (labels.Length > 0)
        {
            labels.Append(',');
        }
        labels.Append(name).Append("=\"");
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => labels.Append("\\\\"),
                '"' => labels.Append("\\\""),
                '\n' => labels.Append("\\n"),
                _ => labels.Append(character),
            };
        }
        labels.Append('"');
    }
}
