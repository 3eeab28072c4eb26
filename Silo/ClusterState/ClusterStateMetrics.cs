using System.Diagnostics.Metrics;

namespace Mesh.Silo.ClusterState;

/// <summary>What the informers count.</summary>
internal sealed class ClusterStateMetrics
{
    public const string MeterName = "Mesh.Silo.ClusterState";

    private readonly Counter<long> _changes;

    public ClusterStateMetrics(IMeterFactory meters, ClusterView view)
    {
        var meter = meters.Create(MeterName);
        _changes = meter.CreateCounter<long>("mesh.silo.informer.changes", "{change}", "Changes seen by the informers, by kind.");
        meter.CreateObservableGauge("mesh.silo.pods", () => view.Pods.Count, "{pod}", "Pods of the cluster as the informer has them.");
        meter.CreateObservableGauge("mesh.silo.links", () => view.Links.Count, "{link}", "Links of the cluster as the informer has them.");
    }

    public void Changed(string kind) => _changes.Add(1, new KeyValuePair<string, object?>("kind", kind));
}
