using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Orleans.Concurrency;

namespace Mesh.Grains.Exports;

/// <inheritdoc cref="IExportedServiceGrain"/>
[Reentrant, HomeCluster]
internal sealed class ExportedServiceGrain(IClusterView view) : Grain, IExportedServiceGrain
{
    public async Task<ExportedService?> Describe(ExportSelectors selectors, CancellationToken cancellationToken = default)
    {
        await view.Synced.WaitAsync(cancellationToken);
        var key = ServiceKey.Parse(this.GetPrimaryKeyString());
        return ExportedServicePlanner.Plan(key, view.Service(key.Namespace, key.Name), selectors, view.ClusterDomain);
    }
}
