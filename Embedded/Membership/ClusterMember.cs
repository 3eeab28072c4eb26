using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Embedded.Membership;

/// <summary>A silo as the local one sees it.</summary>
/// <param name="Address">Where it listens, and its generation.</param>
/// <param name="Name">Its name, which stays the same over restarts.</param>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="Status">How it stands.</param>
/// <param name="IsLocal">Whether it is the local silo.</param>
/// <param name="SeenSinceStart">Whether the local silo was ever connected to it, as opposed to having heard of it from others.</param>
/// <param name="StatusChanged">When <paramref name="Status"/> last changed, by the local clock.</param>
/// <param name="LastSeen">When it last answered; null when it never did.</param>
/// <param name="Failure">Why it is dead, in words; empty otherwise.</param>
public sealed record ClusterMember(
    SiloAddress Address,
    string Name,
    ImmutableDictionary<string, string> Metadata,
    MemberStatus Status,
    bool IsLocal,
    bool SeenSinceStart,
    DateTimeOffset StatusChanged,
    DateTimeOffset? LastSeen,
    string Failure)
{
    /// <summary>The metadata that names the silo's cluster; its grains are those whose keys begin with that name.</summary>
    public const string ClusterKey = "cluster";

    /// <summary>The Kubernetes cluster it belongs to; empty when it does not say.</summary>
    public string Cluster => Metadata.GetValueOrDefault(ClusterKey, "");

    /// <summary>Whether it is connected and has not left.</summary>
    public bool IsAlive => Status is MemberStatus.Joining or MemberStatus.Active or MemberStatus.ShuttingDown;
}
