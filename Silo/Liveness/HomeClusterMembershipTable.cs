using Microsoft.Extensions.Options;
using Orleans.Configuration;
using SiloOptions = Mesh.Silo.Configuration.SiloOptions;

namespace Mesh.Silo.Liveness;

/// <summary>
/// Keeps the silos of each cluster to themselves: whether a silo is dead is decided by silos of its own cluster only, so that a cut between
/// clusters, however long, evicts nobody and moves nothing. It wraps the table that all silos share.
/// <list type="bullet">
/// <item>A row is written by silos of its own cluster; what others would write to it (votes, death) is refused.</item>
/// <item>Votes are counted among the cluster's own silos, since the others have none.</item>
/// <item>Whether a silo still gives signs of life is judged by when this silo saw its last one, by this silo's clock, so that clocks that
/// differ mean nothing; silos of other clusters always do.</item>
/// </list>
/// </summary>
internal sealed partial class HomeClusterMembershipTable(
    IMembershipTable table,
    ILocalSiloDetails local,
    SiloOptions options,
    IOptions<ClusterMembershipOptions> membership,
    TimeProvider time,
    ILogger<HomeClusterMembershipTable> logger) : IMembershipTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<SiloAddress, Sighting> _sightings = [];
    private int _ownActive;

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, default);

    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) =>
        table.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, default);

    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) =>
        table.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, default);

    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) =>
        table.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, default);

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken)
    {
        var read = await table.ReadRowAsync(key, cancellationToken);
        lock (_lock)
        {
            return Seen(read);
        }
    }

    public Task<MembershipTableData> ReadAll() => ReadAllAsync(default);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        var read = await table.ReadAllAsync(cancellationToken);
        lock (_lock)
        {
            var seen = Seen(read);
            var patience = membership.Value.IAmAliveTablePublishTimeout * membership.Value.NumMissedTableIAmAliveLimit;
            _ownActive = seen.Members.Count(m => m.Item1.Status == SiloStatus.Active && IsOwn(m.Item1) && Now - m.Item1.IAmAliveTime <= patience);
            foreach (var gone in _sightings.Keys.Except(read.Members.Select(m => m.Item1.SiloAddress)).ToArray())
            {
                _sightings.Remove(gone);
            }
            return seen;
        }
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, default);

    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) =>
        table.InsertRowAsync(entry, tableVersion, cancellationToken);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        UpdateRowAsync(entry, etag, tableVersion, default);

    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        if (entry.SiloAddress.Equals(local.SiloAddress))
        {
            return table.UpdateRowAsync(entry, etag, tableVersion, cancellationToken);
        }
        // Whoever had this silo's address before is gone, whichever cluster it was in.
        if (!IsOwn(entry) && !entry.SiloAddress.Endpoint.Equals(local.SiloAddress.Endpoint))
        {
            LogRefused(entry.SiloAddress, entry.SiloName);
            return Task.FromResult(false);
        }
        var written = Copy(entry);
        lock (_lock)
        {
            if (_sightings.TryGetValue(entry.SiloAddress, out var sighting))
            {
                (written.StartTime, written.IAmAliveTime) = (sighting.StartTime, sighting.IAmAliveTime);
            }
            if (written.Status is not SiloStatus.Dead && IsOutvoted(written))
            {
                LogOutvoted(written.SiloAddress, written.SiloName);
                written.Status = SiloStatus.Dead;
            }
        }
        return table.UpdateRowAsync(written, etag, tableVersion, cancellationToken);
    }

    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, default);

    public Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) =>
        table.UpdateIAmAliveAsync(entry, cancellationToken);

    private bool IsOwn(MembershipEntry entry) => SiloNames.ClusterOf(entry.SiloName) == options.ClusterName;

    // Orleans' own rule, with the cluster's silos instead of all.
    private bool IsOutvoted(MembershipEntry entry)
    {
        if (entry.SuspectTimes is not { Count: > 0 } votes)
        {
            return false;
        }
        var latest = votes.Max(v => v.Item2);
        var end = latest > Now ? latest : Now;
        var fresh = votes.Where(v => end - v.Item2 < membership.Value.DeathVoteExpirationTimeout).Select(v => v.Item1).Distinct().Count();
        return fresh >= Math.Max(1, Math.Min(membership.Value.NumVotesForDeathDeclaration, (_ownActive + 1) / 2));
    }

    private MembershipTableData Seen(MembershipTableData read) =>
        new([.. read.Members.Select(m => Tuple.Create(Seen(m.Item1), m.Item2))], read.Version);

    private MembershipEntry Seen(MembershipEntry entry)
    {
        if (entry.SiloAddress.Equals(local.SiloAddress))
        {
            return entry;
        }
        var now = Now;
        if (!_sightings.TryGetValue(entry.SiloAddress, out var sighting) || sighting.IAmAliveTime != entry.IAmAliveTime)
        {
            _sightings[entry.SiloAddress] = sighting = new Sighting(entry.StartTime, entry.IAmAliveTime, now);
        }
        var seen = Copy(entry);
        seen.IAmAliveTime = IsOwn(entry) ? sighting.At : now;
        // Orleans takes the later of the two for the last sign of life.
        seen.StartTime = entry.StartTime < seen.IAmAliveTime ? entry.StartTime : seen.IAmAliveTime;
        return seen;
    }

    private static MembershipEntry Copy(MembershipEntry entry) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = entry.SuspectTimes is { } votes ? [.. votes] : null,
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = entry.StartTime,
        IAmAliveTime = entry.IAmAliveTime,
    };

    [LoggerMessage(6100, LogLevel.Debug, "Silo {Silo} ({Name}) does not answer here. Whether it is dead is for its own cluster to say.")]
    private partial void LogRefused(SiloAddress silo, string name);

    [LoggerMessage(6101, LogLevel.Warning, "Silo {Silo} ({Name}) does not answer those of its cluster that could tell: it is declared dead.")]
    private partial void LogOutvoted(SiloAddress silo, string name);

    /// <param name="StartTime">As the row says.</param>
    /// <param name="IAmAliveTime">As the row says.</param>
    /// <param name="At">When this silo first read that.</param>
    private sealed record Sighting(DateTime StartTime, DateTime IAmAliveTime, DateTime At);
}
