using Mesh.Grains.Observed;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Exports;

/// <summary>What another cluster needs to know of an exported service to mirror it.</summary>
internal static class ExportedServicePlanner
{
    /// <returns>Null when there is no such service or the selectors do not select it.</returns>
    public static ExportedService? Plan(ServiceKey key, ObservedService? service, ExportSelectors selectors, string clusterDomain) =>
        service is null || !ExportCatalogPlanner.IsExported(service, selectors)
            ? null
            : new ExportedService(
                key,
                service.ResourceVersion,
                service.Labels,
                service.Annotations,
                service.Ports.IsDefault ? [] : service.Ports,
                service.Headless,
                clusterDomain,
                service.TrafficDistribution,
                service.IpFamilies.IsDefault ? [] : service.IpFamilies);
}
