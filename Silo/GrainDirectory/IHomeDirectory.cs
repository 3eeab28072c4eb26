using System.Collections.Immutable;
using Orleans.Services;

namespace Mesh.Silo.GrainDirectory;

/// <summary>
/// One silo's part of its cluster's directory, asked by silos of all clusters. <c>version</c> is the asker's membership: the asked silo
/// first catches up with it, if it can.
/// </summary>
[Alias("mesh.IHomeDirectory")]
internal interface IHomeDirectory : IGrainService
{
    /// <summary>Registers the address unless there is one already, other than <paramref name="previous"/>.</summary>
    [ResponseTimeout("00:00:05")]
    [Alias("Register")]
    ValueTask<DirectoryAnswer> Register(GrainAddress address, GrainAddress? previous, MembershipVersion version);

    [ResponseTimeout("00:00:05")]
    [Alias("Lookup")]
    ValueTask<DirectoryAnswer> Lookup(GrainId grain, MembershipVersion version);

    /// <summary>Removes just this address.</summary>
    [ResponseTimeout("00:00:05")]
    [Alias("Unregister")]
    ValueTask<DirectoryAnswer> Unregister(GrainAddress address, MembershipVersion version);

    /// <summary>The asked silo's own activations whose entries belong to <paramref name="owner"/> now.</summary>
    [ResponseTimeout("00:00:02")]
    [Alias("Activations")]
    ValueTask<ImmutableArray<GrainAddress>> Activations(SiloAddress owner, MembershipVersion version);
}
