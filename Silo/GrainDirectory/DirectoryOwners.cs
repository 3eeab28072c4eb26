using System.Collections.Immutable;
using Mesh.Silo.Liveness;

namespace Mesh.Silo.GrainDirectory;

/// <summary>
/// The silos that share the directory of one cluster at one time: those of it that are active. Each grain has one owner among them, by
/// rendezvous hashing, so that a silo that comes or goes moves only its own share. Silos with the same view agree.
/// </summary>
internal sealed class DirectoryOwners
{
    public static readonly DirectoryOwners None = new([], default);

    private readonly ImmutableArray<SiloAddress> _silos;

    private DirectoryOwners(ImmutableArray<SiloAddress> silos, MembershipVersion version) => (_silos, Version) = (silos, version);

    /// <summary>Of the membership that these were taken from.</summary>
    public MembershipVersion Version { get; }

    public ImmutableArray<SiloAddress> Silos => _silos;

    /// <summary>Those of <paramref name="cluster"/> in <paramref name="membership"/>.</summary>
    public static DirectoryOwners Of(ClusterMembershipSnapshot membership, string cluster) => new(
        [
            .. membership.Members.Values.Where(m => m.Status == SiloStatus.Active && SiloNames.ClusterOf(m.Name) == cluster)
                .Select(m => m.SiloAddress).Order(),
        ],
        membership.Version);

    public bool IsSameAs(DirectoryOwners other) => _silos.SequenceEqual(other._silos);

    /// <returns>Null when there is no silo.</returns>
    public SiloAddress? OwnerOf(GrainId grain)
    {
        var key = (ulong)grain.GetUniformHashCode() << 32;
        SiloAddress? owner = null;
        ulong highest = 0;
        foreach (var silo in _silos)
        {
            var hash = Mix(key | (uint)silo.GetConsistentHashCode());
            if (owner is null || hash > highest)
            {
                (owner, highest) = (silo, hash);
            }
        }
        return owner;
    }

    // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the input changes half of the output's.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
