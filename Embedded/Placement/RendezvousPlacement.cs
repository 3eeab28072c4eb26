using System.Collections.Concurrent;
using System.Collections.Frozen;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Membership;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Embedded.Placement;

/// <summary>
/// Where a grain lives: of the active silos that its class's filters let pass, the one with the highest hash of silo and grain. Silos
/// with the same view agree without talking, and a silo that comes or goes moves only its own share of the grains.
/// </summary>
internal sealed class RendezvousPlacement(IEmbeddedMembership membership, GrainCatalog catalog, IEnumerable<RegisteredFilter> filters)
{
    private readonly FrozenDictionary<Type, IPlacementFilterDirector> _directors = filters
        .GroupBy(filter => filter.Strategy).ToFrozenDictionary(group => group.Key, group => group.Last().Director);

    private volatile Cache _cache = new(-1);

    /// <exception cref="SiloUnavailableException">No active silo may host the grain.</exception>
    /// <exception cref="OrleansException">The grain's type is unknown, or a filter of it is not registered.</exception>
    public SiloAddress Locate(GrainId grain, GrainInterfaceType interfaceType)
    {
        var view = membership.Current;
        var cache = _cache;
        if (cache.Version != view.Version)
        {
            _cache = cache = new Cache(view.Version);
        }
        if (cache.Owners.TryGetValue(grain, out var owner))
        {
            return owner;
        }
        owner = Compute(grain, interfaceType, view);
        cache.Owners.TryAdd(grain, owner);
        return owner;
    }

    private SiloAddress Compute(GrainId grain, GrainInterfaceType interfaceType, MembershipView view)
    {
        var grainClass = catalog.FindClass(grain.Type)
            ?? throw new OrleansException($"Nobody knows the grain type of '{grain}'. Do all silos run the same version of the application?");
        IEnumerable<SiloAddress> candidates = view.Active;
        var target = new PlacementTarget(grain, [], interfaceType, 0);
        foreach (var strategy in grainClass.Filters)
        {
            if (!_directors.TryGetValue(strategy.GetType(), out var director))
            {
                throw new OrleansException(
                    $"{grainClass.Type} has the placement filter {strategy.GetType().Name}, which is not registered. "
                    + "Call services.AddPlacementFilter for it.");
            }
            candidates = director.Filter(strategy, target, candidates);
        }
        SiloAddress? best = null;
        var bestScore = 0UL;
        foreach (var candidate in candidates)
        {
            var score = Score(grain, candidate);
            if (best is null || score > bestScore || (score == bestScore && candidate.CompareTo(best) > 0))
            {
                (best, bestScore) = (candidate, score);
            }
        }
        return best ?? throw new SiloUnavailableException(WhyNowhere(grain, grainClass, view));
    }

    private static string WhyNowhere(GrainId grain, GrainClass grainClass, MembershipView view)
    {
        var key = grain.Key.ToString();
        var home = key.IndexOf('/') is var slash and >= 0 ? key[..slash] : key;
        var known = view.Members.Where(member => member.Cluster == home).ToArray();
        var why = grainClass.Filters.Length == 0 || known.Any(member => member.Status == MemberStatus.Active)
            ? "no silo is active that may host it"
            : known.Length == 0
                ? $"no silo of cluster '{home}' is known"
                : $"no silo of cluster '{home}' is alive ({string.Join(", ", known.Select(Describe))})";
        return $"Grain {grain} cannot be reached: {why}. The call can be repeated once such a silo has joined. "
            + $"Active: {string.Join(", ", view.Members.Where(member => member.Status == MemberStatus.Active).Select(Describe))}.";
    }

    private static string Describe(ClusterMember member) =>
        member.Status == MemberStatus.Active
            ? $"{member.Name} of '{member.Cluster}' at {member.Address.Endpoint}"
            : $"{member.Name} at {member.Address.Endpoint} is {member.Status}{(member.Failure.Length > 0 ? $": {member.Failure}" : "")}";

    // FNV-1a over both names, then a finaliser so that nearby inputs differ in their high bits. The generation is left out: a restarted
    // silo gets its old grains back.
    private static ulong Score(GrainId grain, SiloAddress silo)
    {
        var hash = Fnv(0xcbf29ce484222325, grain.Type.AsSpan());
        hash = Fnv(hash, "/"u8);
        hash = Fnv(hash, grain.Key.AsSpan());
        hash = Fnv(hash, "@"u8);
        Span<byte> address = stackalloc byte[18];
        silo.Endpoint.Address.MapToIPv6().TryWriteBytes(address, out _);
        address[16] = (byte)(silo.Endpoint.Port >> 8);
        address[17] = (byte)silo.Endpoint.Port;
        hash = Fnv(hash, address);
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }

    private static ulong Fnv(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 0x100000001b3;
        }
        return hash;
    }

    private sealed class Cache(long version)
    {
        public long Version => version;

        public ConcurrentDictionary<GrainId, SiloAddress> Owners { get; } = new();
    }
}
