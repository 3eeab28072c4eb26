using System.Collections.Immutable;

namespace Mesh.Silo.GrainDirectory;

/// <inheritdoc cref="IHomeDirectory"/>
internal sealed class HomeDirectoryService(
    GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory loggers, DirectoryPartition partition, LocalRegistrations local)
    : GrainService(id, silo, loggers), IHomeDirectory
{
    public ValueTask<DirectoryAnswer> Register(GrainAddress address, GrainAddress? previous, MembershipVersion version) =>
        partition.RegisterAsync(address, previous, version);

    public ValueTask<DirectoryAnswer> Lookup(GrainId grain, MembershipVersion version) => partition.LookupAsync(grain, version);

    public ValueTask<DirectoryAnswer> Unregister(GrainAddress address, MembershipVersion version) => partition.UnregisterAsync(address, version);

    public async ValueTask<ImmutableArray<GrainAddress>> Activations(SiloAddress owner, MembershipVersion version)
    {
        var owners = await partition.CatchUpAsync(version);
        return [.. local.All.Where(a => owner.Equals(owners.OwnerOf(a.GrainId)))];
    }
}
