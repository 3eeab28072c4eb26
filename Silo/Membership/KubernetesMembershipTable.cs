using System.Globalization;
using Mesh.Silo.Configuration;
using Orleans.Runtime;

namespace Mesh.Silo.Membership;

/// <summary>
/// Orleans' membership in a <see cref="SiloTable"/>. The table's etag is the resource version of its object; a row's etag is the version of
/// the table that changed it last, which signs of life leave alone. The methods without a cancellation token are those that Orleans 10.3
/// and earlier call.
/// </summary>
internal sealed class KubernetesMembershipTable(SiloTable table, MembershipHome home, SiloOptions options) : IMembershipTable
{
    public Task InitializeMembershipTable(bool tryInitTableVersion) =>
        InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        // It was there a moment ago, or the silo would not have begun to start. Orleans does not try this again: the process ends.
        if (await home.MissingAsync(cancellationToken) is { } missing)
        {
            throw new IOException($"The silo cannot join: {missing}.");
        }
        if (tryInitTableVersion)
        {
            await table.EnsureAsync(cancellationToken);
        }
    }

    public Task<MembershipTableData> ReadAll() => ReadAllAsync(CancellationToken.None);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) =>
        Data(await table.ReadAsync(cancellationToken));

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) =>
        Data(await table.ReadAsync(KubernetesMembershipEntries.RowName(key), cancellationToken));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        InsertRowAsync(entry, tableVersion, CancellationToken.None);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        // A silo inserts no row but its own.
        table.InsertAsync(
            KubernetesMembershipEntries.ToRow(entry, options.ClusterName), tableVersion.Version, tableVersion.VersionEtag, cancellationToken);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    public async Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        int.TryParse(etag, CultureInfo.InvariantCulture, out var rowVersion)
        && await table.UpdateAsync(
            KubernetesMembershipEntries.ToRow(entry, null), rowVersion, tableVersion.Version, tableVersion.VersionEtag, cancellationToken);

    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) => table.HeartbeatAsync(
        KubernetesMembershipEntries.RowName(entry.SiloAddress), KubernetesMembershipEntries.Time(entry.IAmAliveTime), cancellationToken);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) =>
        table.CleanUpAsync(beforeDate, cancellationToken);

    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) =>
        clusterId == table.Name ? table.DeleteAsync(cancellationToken) : Task.CompletedTask;

    private static MembershipTableData Data(SiloTableSnapshot snapshot) => new(
        [.. snapshot.Rows.Select(KubernetesMembershipEntries.FromRow)], new TableVersion(snapshot.Version, snapshot.Etag));
}
