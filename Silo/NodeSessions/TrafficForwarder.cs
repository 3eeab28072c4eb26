using System.Threading.Channels;
using Google.Protobuf;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;

namespace Mesh.Silo.NodeSessions;

/// <summary>
/// Takes one node's traffic reports apart by namespace and hands each part to that namespace's grain. Statistics may be lost, a session
/// may not be held up by them: reports that pile up push the oldest out.
/// </summary>
internal sealed partial class TrafficForwarder(
    IGrainFactory grains,
    IClusterView view,
    string node,
    NodeSessionOptions sessions,
    TimeProvider time,
    NodeSessionMetrics metrics,
    ILogger<TrafficForwarder> logger)
{
    private const int Backlog = 8;

    private readonly Channel<TrafficReport> _reports = Channel.CreateBounded<TrafficReport>(
        new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => metrics.ReportLost());

    // A proxy may only speak of namespaces that have, or had during the session, a pod on its node.
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);

    public void Add(TrafficReport report)
    {
        if (report.Series.Count > 0)
        {
            _reports.Writer.TryWrite(report);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var report in _reports.Reader.ReadAllAsync(cancellationToken))
        {
            await Task.WhenAll(report.Series.GroupBy(s => s.Namespace, StringComparer.Ordinal).Where(g => IsOurs(g.Key)).Select(SendAsync));
        }

        async Task SendAsync(IGrouping<string, TrafficSeries> series)
        {
            var part = new TrafficReport { Series = { series } };
            var key = new NamespaceKey(view.ClusterName, series.Key);
            try
            {
                await grains.GetGrain<ITrafficGrain>(key.ToString()).Record(node, part.ToByteArray())
                    .WaitAsync(sessions.GrainTimeout, time, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                metrics.ReportLost();
                LogLost(node, series.Key, e.Message);
            }
        }
    }

    private bool IsOurs(string ns)
    {
        if (_namespaces.Contains(ns))
        {
            return true;
        }
        if (ns.Length == 0 || !view.PodsOnNode(node).Any(p => p.Namespace == ns))
        {
            LogForeign(node, ns);
            return false;
        }
        return _namespaces.Add(ns);
    }

    [LoggerMessage(2200, LogLevel.Warning, "A traffic report of node {Node} for namespace {Namespace} is lost: its grain did not "
        + "take it. {Problem}")]
    private partial void LogLost(string node, string @namespace, string problem);

    [LoggerMessage(2201, LogLevel.Debug, "Node {Node} reports traffic of namespace '{Namespace}', of which it has no pod; left out.")]
    private partial void LogForeign(string node, string @namespace);
}
