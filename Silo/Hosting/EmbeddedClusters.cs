using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Mesh.Silo.Hosting;

/// <summary>The embedded engine's silos tell each other their metadata when they meet.</summary>
internal sealed class EmbeddedClusters(ISiloMetadataCache metadata) : ISiloClusters
{
    public string ClusterOf(SiloAddress silo) => metadata.GetSiloMetadata(silo).Metadata.GetValueOrDefault(HomeCluster.MetadataKey) ?? "";
}
