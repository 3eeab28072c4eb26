using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Mesh.Grains.Placement;

/// <summary>
/// Lets those silos pass that belong to the grain's cluster. Register it with
/// <c>AddPlacementFilter&lt;HomeClusterPlacementFilterStrategy, HomeClusterPlacementFilterDirector&gt;(ServiceLifetime.Singleton)</c>.
/// </summary>
public sealed class HomeClusterPlacementFilterDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    /// <summary>The silo metadata that holds the cluster's name.</summary>
    public const string MetadataKey = "cluster";

    /// <inheritdoc/>
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var key = target.GrainIdentity.Key.ToString() ?? "";
        var slash = key.IndexOf('/');
        var home = slash < 0 ? key : key[..slash];
        return silos.Where(silo =>
            metadata.GetSiloMetadata(silo).Metadata.TryGetValue(MetadataKey, out var cluster) && cluster == home);
    }
}
