using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Embedded.Membership;

/// <summary>A silo as silos tell each other of it.</summary>
/// <param name="Status">What the silo itself announced last: never <see cref="MemberStatus.Dead"/>, which everybody finds out alone.</param>
internal sealed record MemberRecord(SiloAddress Address, string Name, ImmutableDictionary<string, string> Metadata, MemberStatus Status)
{
    private const int TextLimit = 1024;

    public string Cluster => Metadata.GetValueOrDefault(ClusterMember.ClusterKey, "");

    /// <summary>Whether it makes sense; it comes from another process.</summary>
    public bool IsValid =>
        Address is not null && Address.Endpoint.Port != 0 && Name is { Length: > 0 and <= TextLimit }
        && Metadata is { Count: <= 64 } && Metadata.All(pair => pair.Key.Length <= TextLimit && pair.Value is { Length: <= TextLimit })
        && Status is >= MemberStatus.Joining and <= MemberStatus.Left;
}
