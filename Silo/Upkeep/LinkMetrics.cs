using System.Diagnostics.Metrics;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;

namespace Mesh.Silo.Upkeep;

/// <summary>Says of each Link whether its target cluster answers this silo, which is what an alert is made on.</summary>
internal sealed class LinkMetrics(IMeterFactory meters, IClusterView view, IMeshMembership membership) : IHostedService
{
    public const string MeterName = "Mesh.Silo.Links";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        meters.Create(MeterName).CreateObservableGauge(
            "mesh.silo.link.connected", Measure, "{link}", "1 while silos of the Link's target cluster answer this silo, otherwise 0.");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<int>> Measure() => view.Links.Select(link => new Measurement<int>(
        ClusterName.TryParse(link.TargetCluster, out var target) && membership.IsAlive(target) ? 1 : 0,
        new KeyValuePair<string, object?>("link", link.Name), new KeyValuePair<string, object?>("cluster", link.TargetCluster)));
}
