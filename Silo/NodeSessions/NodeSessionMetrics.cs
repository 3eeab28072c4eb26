using System.Diagnostics.Metrics;

namespace Mesh.Silo.NodeSessions;

/// <summary>What node sessions count.</summary>
internal sealed class NodeSessionMetrics
{
    public const string MeterName = "Mesh.Silo.NodeSessions";

    private readonly UpDownCounter<long> _open;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _reportsLost;
    private readonly Counter<long> _sent;

    public NodeSessionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _open = meter.CreateUpDownCounter<long>("mesh.silo.node_sessions.open", "{session}", "Node sessions open now.");
        _ended = meter.CreateCounter<long>("mesh.silo.node_sessions.ended", "{session}", "Node sessions ended, by reason.");
        _refused = meter.CreateCounter<long>("mesh.silo.node_requests.refused", "{request}", "Certify and Run refused, by HTTP status.");
        _reportsLost = meter.CreateCounter<long>(
            "mesh.silo.traffic_reports.lost", "{report}", "Traffic reports that did not reach the namespace's grain.");
        _sent = meter.CreateCounter<long>("mesh.silo.node_sessions.messages_sent", "{message}", "Messages sent to proxies.");
    }

    public void Began() => _open.Add(1);

    public void Ended(NodeSessionEnd reason)
    {
        _open.Add(-1);
        _ended.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }

    public void Refused(int status) => _refused.Add(1, new KeyValuePair<string, object?>("status", status));

    public void ReportLost() => _reportsLost.Add(1);

    public void Sent() => _sent.Add(1);
}
