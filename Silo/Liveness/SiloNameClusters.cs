using Mesh.Grains.Ports;

namespace Mesh.Silo.Liveness;

/// <summary>By the silos' names, which are in the membership.</summary>
internal sealed class SiloNameClusters(IClusterMembershipService membership) : ISiloClusters
{
    public string ClusterOf(SiloAddress silo) =>
        membership.CurrentSnapshot.Members.TryGetValue(silo, out var member) ? SiloNames.ClusterOf(member.Name) : "";
}
