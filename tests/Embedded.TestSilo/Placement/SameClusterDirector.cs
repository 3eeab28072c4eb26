using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace Mesh.Embedded.TestSilo.Placement;

public sealed class SameClusterDirector(ISiloMetadataCache metadata) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var home = target.GrainIdentity.Key.ToString()!.Split('/')[0];
        return silos.Where(silo => metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault("cluster") == home);
    }
}
