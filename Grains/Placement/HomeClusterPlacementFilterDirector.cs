using Mesh.Grains.Ports;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Mesh.Grains.Placement;

/// <summary>
/// Lets those silos pass that belong to the grain's cluster. Register it with
/// <c>AddPlacementFilter&lt;HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector&gt;(ServiceLifetime.Singleton)</c>.
/// </summary>
public sealed class HomeClusterPlacementFilterDirector(ISiloClusters clusters) : IPlacementFilterDirector
{
    /// <inheritdoc/>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var home = HomeCluster.Of(target.GrainIdentity);
        return silos.Where(silo => clusters.ClusterOf(silo) == home);
    }
}
