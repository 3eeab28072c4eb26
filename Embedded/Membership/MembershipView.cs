using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Embedded.Membership;

/// <summary>All silos known at one moment, dead ones included, in the order of their addresses.</summary>
/// <param name="Version">Grows with every change; local, so not comparable between silos.</param>
public sealed record MembershipView(long Version, ImmutableArray<ClusterMember> Members)
{
    /// <summary>The clusters that have, or had, silos here; true for those with a silo alive.</summary>
    public ImmutableSortedDictionary<string, bool> Clusters { get; } = Members
        .GroupBy(member => member.Cluster, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(group => group.Key, group => group.Any(member => member.IsAlive), StringComparer.Ordinal);

    internal ImmutableArray<SiloAddress> Active { get; } =
        [.. Members.Where(member => member.Status == MemberStatus.Active).Select(member => member.Address)];

    /// <returns>Null when that generation of the silo is not known, or superseded.</returns>
    public ClusterMember? Find(SiloAddress silo) => Members.FirstOrDefault(member => member.Address.Equals(silo));
}
