using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;

namespace Mesh.Silo.Membership;

/// <summary>
/// A membership table in a cluster's API: an <see cref="OrleansCluster"/> that has the version, and an <see cref="OrleansSilo"/> per silo.
/// Kubernetes changes one object at a time, so a change is made by the one write of the <see cref="OrleansCluster"/> that raises the
/// version and carries the changed row; whoever comes next brings the silo's own object up to it before anything else is changed (ADR 16).
/// Safe for concurrent use, in any number of processes. Everything throws what <see cref="KubernetesClient"/> throws, within
/// <see cref="CallTimeout"/> per request.
/// </summary>
internal sealed partial class SiloTable
{
    /// <summary>An API server takes milliseconds for such requests. One that takes longer than this is as good as away.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Silos of one table carry it as this label.</summary>
    public const string TableLabel = "membership.mesh-orleans.io/table";

    // Others must make as many changes within one reading each time; whoever asks tries again later.
    private const int Attempts = 20;

    private readonly IMembershipHome _home;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <param name="home">Where the table is kept, told how each request ended.</param>
    /// <param name="name">The table's name.</param>
    /// <param name="time">For time limits.</param>
    /// <param name="logger">Told what readers need not know.</param>
    public SiloTable(IMembershipHome home, string name, TimeProvider time, ILogger<SiloTable> logger)
    {
        _home = home;
        Name = name;
        _time = time;
        _logger = logger;
    }

    /// <summary>Orleans' cluster id.</summary>
    public string Name { get; }

    /// <summary>Makes the table if it is not there.</summary>
    public Task EnsureAsync(CancellationToken cancellationToken) => VersionAsync(cancellationToken);

    /// <summary>The whole table at one moment.</summary>
    /// <exception cref="TimeoutException">It changes faster than it can be read.</exception>
    public Task<SiloTableSnapshot> ReadAsync(CancellationToken cancellationToken) => ReadAsync(RowsAsync, cancellationToken);

    /// <summary>One silo's row, if there is one, and the table's version at one moment.</summary>
    /// <inheritdoc cref="ReadAsync(CancellationToken)"/>
    public Task<SiloTableSnapshot> ReadAsync(string row, CancellationToken cancellationToken) =>
        ReadAsync(async c => await RowAsync(row, c) is { } found ? [found] : [], cancellationToken);

    /// <summary>Adds a row.</summary>
    /// <param name="row">The row; its version is set here.</param>
    /// <param name="version">The table's version with it, one more than before.</param>
    /// <param name="etag">Of the table before.</param>
    /// <param name="cancellationToken">Ends the waiting; the row may be in the table all the same.</param>
    /// <returns>False, with nothing changed: the silo is in the table already, or the table has changed.</returns>
    public async Task<bool> InsertAsync(OrleansSiloSpec row, int version, string etag, CancellationToken cancellationToken)
    {
        if (await BeginAsync(version, etag, cancellationToken) is not { } table)
        {
            return false;
        }
        // The silo's object comes first, as one that readers pass over. So nobody who applies a change ever makes an object, and none
        // that was deleted comes back because somebody was slow.
        var name = SiloRowName.Of(row);
        var existing = await RowAsync(name, cancellationToken) ?? await ReserveAsync(name, row, cancellationToken);
        return existing is { Spec.Version: 0 } && await CommitAsync(table, row with { Version = version }, cancellationToken);
    }

    /// <summary>Replaces a row.</summary>
    /// <param name="row">The row; its version is set here, its cluster and its last sign of life stay when they are not given or older.</param>
    /// <param name="rowVersion">The version it had.</param>
    /// <param name="version">The table's version after it, one more than before.</param>
    /// <param name="etag">Of the table before.</param>
    /// <param name="cancellationToken">Ends the waiting; the row may be changed all the same.</param>
    /// <returns>False, with nothing changed: there is no such row, or the row or the table has changed.</returns>
    public async Task<bool> UpdateAsync(OrleansSiloSpec row, int rowVersion, int version, string etag, CancellationToken cancellationToken) =>
        await BeginAsync(version, etag, cancellationToken) is { } table
        && await RowAsync(SiloRowName.Of(row), cancellationToken) is { } existing
        && existing.Spec.Version == rowVersion
        && rowVersion > 0
        && await CommitAsync(table, Merge(existing.Spec, row with { Version = version }), cancellationToken);

    /// <summary>Notes that a silo is alive, whatever else changes. A silo that is not in the table stays out.</summary>
    public async Task HeartbeatAsync(string row, DateTimeOffset alive, CancellationToken cancellationToken)
    {
        var patch = KubernetesPatch.Merge(new JsonObject
        {
            ["spec"] = new JsonObject { ["iAmAliveTime"] = alive.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'") },
        });
        try
        {
            await LimitAsync(
                (at, c) => at.Client.PatchAsync<OrleansSilo>(at.Namespace, row, patch, null, c), $"update {row}", cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            LogGone(row);
        }
    }

    /// <summary>Removes the rows of dead silos that gave no sign of life, and got no vote, since <paramref name="before"/>.</summary>
    public async Task CleanUpAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await SettleAsync(await VersionAsync(cancellationToken), cancellationToken);
        foreach (var silo in await RowsAsync(cancellationToken))
        {
            var never = silo.Spec.Version == 0 && silo.Metadata.CreationTimestamp < before;
            if (never || (silo.Spec.Status == "Dead" && LastSign(silo.Spec) < before))
            {
                await DeleteAsync<OrleansSilo>(silo.Metadata, cancellationToken);
            }
        }
    }

    /// <summary>Removes the table.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        foreach (var silo in await RowsAsync(cancellationToken))
        {
            await DeleteAsync<OrleansSilo>(silo.Metadata with { ResourceVersion = null }, cancellationToken);
        }
        if (await TryGetAsync<OrleansCluster>(Name, cancellationToken) is { } table)
        {
            await DeleteAsync<OrleansCluster>(table.Metadata with { ResourceVersion = null }, cancellationToken);
        }
    }

    private async Task<SiloTableSnapshot> ReadAsync(
        Func<CancellationToken, Task<IReadOnlyList<OrleansSilo>>> read, CancellationToken cancellationToken)
    {
        string? before = null;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            // In this order. Before the version was raised every silo's object was up to the one before, so what the objects lack is at
            // most the last change; and an object that is ahead tells that the version has been raised since.
            var table = await VersionAsync(cancellationToken);
            var silos = await read(cancellationToken);
            var newest = silos.Select(s => s.Spec.Version).DefaultIfEmpty().Max();
            if (newest <= table.Spec.Version)
            {
                var change = table.Spec.LastChange;
                var changed = change is null ? "" : SiloRowName.Of(change);
                var rows = silos.Select(
                    s => s.Metadata.Name == changed && s.Spec.Version < change!.Version ? Merge(s.Spec, change) : s.Spec);
                return new(table.Spec.Version, table.Metadata.ResourceVersion!, [.. rows.Where(r => r.Version > 0)]);
            }
            if (table.Metadata.ResourceVersion == before)
            {
                await RepairAsync(table, newest, cancellationToken);
            }
            before = table.Metadata.ResourceVersion;
        }
        throw new TimeoutException($"The membership table {Name} changed {Attempts} times while it was being read.");
    }

    /// <summary>Raises the version above that of a silo's object. No silo leaves it so: somebody has put an old table back.</summary>
    private async Task RepairAsync(OrleansCluster table, int newest, CancellationToken cancellationToken)
    {
        var raised = table with { Spec = new OrleansClusterSpec { Version = newest + 2 } };
        try
        {
            await LimitAsync((at, c) => at.Client.ReplaceAsync(raised, c), $"update {Name}", cancellationToken);
            LogRepaired(table.Spec.Version, raised.Spec.Version);
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
        {
            // Somebody else did.
        }
    }

    /// <summary>The table, its last change applied, if it is as the caller knows it.</summary>
    private async Task<OrleansCluster?> BeginAsync(int version, string etag, CancellationToken cancellationToken)
    {
        var table = await VersionAsync(cancellationToken);
        if (table.Metadata.ResourceVersion != etag || table.Spec.Version != version - 1)
        {
            return null;
        }
        await SettleAsync(table, cancellationToken);
        return table;
    }

    /// <summary>Makes the change, then brings the silo's object up to it.</summary>
    private async Task<bool> CommitAsync(OrleansCluster table, OrleansSiloSpec row, CancellationToken cancellationToken)
    {
        var next = table with { Spec = table.Spec with { Version = row.Version, LastChange = row } };
        try
        {
            next = await LimitAsync((at, c) => at.Client.ReplaceAsync(next, c), $"update {Name}", cancellationToken);
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
        {
            return false;
        }
        try
        {
            await SettleAsync(next, cancellationToken);
        }
        catch (Exception e) when (e is KubernetesException or HttpRequestException or TimeoutException)
        {
            // The change is made, and whoever makes the next one does this first.
            LogUnsettled(row.Version, e.Message);
        }
        return true;
    }

    /// <summary>Brings the object of the silo that was changed last up to that change.</summary>
    private async Task SettleAsync(OrleansCluster table, CancellationToken cancellationToken)
    {
        if (table.Spec.LastChange is not { } change)
        {
            return;
        }
        var name = SiloRowName.Of(change);
        while (await RowAsync(name, cancellationToken) is { } silo && silo.Spec.Version < change.Version)
        {
            try
            {
                var settled = silo with { Spec = Merge(silo.Spec, change) };
                await LimitAsync((at, c) => at.Client.ReplaceAsync(settled, c), $"update {name}", cancellationToken);
                return;
            }
            catch (KubernetesException e) when (e.IsConflict || e.IsNotFound)
            {
                // A sign of life came between, or somebody did the same: look again.
            }
        }
    }

    /// <summary>An object for a silo that is not in the table yet.</summary>
    private async Task<OrleansSilo?> ReserveAsync(string name, OrleansSiloSpec row, CancellationToken cancellationToken)
    {
        var silo = new OrleansSilo
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Labels = ImmutableDictionary<string, string>.Empty.Add(TableLabel, Name),
            },
            Spec = new OrleansSiloSpec { Address = row.Address, Generation = row.Generation, SiloName = row.SiloName, Cluster = row.Cluster },
        };
        try
        {
            return await LimitAsync((at, c) => at.Client.CreateAsync(In(at, silo), c), $"create {name}", cancellationToken);
        }
        catch (KubernetesException e) when (e.IsConflict)
        {
            return await RowAsync(name, cancellationToken);
        }
    }

    private async Task<OrleansCluster> VersionAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryGetAsync<OrleansCluster>(Name, cancellationToken) is { } table)
            {
                return table;
            }
            var rows = await RowsAsync(cancellationToken);
            // If somebody deleted it: beyond all that silos may have seen, and beyond a change of which no silo's object knows yet.
            var version = rows.Count == 0 ? 0 : rows.Max(r => r.Spec.Version) + 2;
            var made = new OrleansCluster
            {
                Metadata = new ObjectMeta { Name = Name },
                Spec = new OrleansClusterSpec { Version = version },
            };
            try
            {
                return await LimitAsync((at, c) => at.Client.CreateAsync(In(at, made), c), $"create {Name}", cancellationToken);
            }
            catch (KubernetesException e) when (e.IsConflict)
            {
                // Another silo was first.
            }
        }
    }

    private async Task<IReadOnlyList<OrleansSilo>> RowsAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions { LabelSelector = $"{TableLabel}={Name}" };
        ResourceList<OrleansSilo> list;
        try
        {
            list = await LimitAsync(
                (at, c) => at.Client.ListAllAsync<OrleansSilo>(at.Namespace, options, c), "list the silos", cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            throw new KubernetesConfigurationException(
                $"The API server {_home.Connection.Client.Server} does not know {OrleansSilo.Definition.Plural}.{OrleansSilo.Definition.Group}. "
                + "Run `mesh install --crds | kubectl apply -f -` for that cluster.", e);
        }
        return list.Undecodable is [var broken, ..]
            ? throw new FormatException($"The silo {broken.Namespace}/{broken.Name} in the membership table cannot be read: {broken.Error}")
            : list.Items;
    }

    private Task<OrleansSilo?> RowAsync(string name, CancellationToken cancellationToken) =>
        TryGetAsync<OrleansSilo>(name, cancellationToken);

    private Task<T?> TryGetAsync<T>(string name, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        LimitAsync((at, c) => at.Client.GetOrNullAsync<T>(at.Namespace, name, c), $"get {name}", cancellationToken);

    private async Task DeleteAsync<T>(ObjectMeta metadata, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var exactly = new DeleteOptions(Uid: metadata.Uid, ResourceVersion: metadata.ResourceVersion);
        try
        {
            await LimitAsync(
                async (at, c) =>
                {
                    await at.Client.DeleteAsync<T>(at.Namespace, metadata.Name, exactly, c);
                    return true;
                },
                $"delete {metadata.Name}", cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone already, or alive after all.
        }
    }

    private async Task<T> LimitAsync<T>(
        Func<HomeConnection, CancellationToken, Task<T>> request, string what, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CallTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var home = _home.Connection;
        try
        {
            var answer = await request(home, either.Token);
            _home.Report(null);
            return answer;
        }
        catch (KubernetesException e)
        {
            // Only these leave the silo without membership; any other no is about the request.
            _home.Report(e.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || (int)e.Status >= 500 ? e.Message : null);
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            _home.Report(MembershipHome.Text(e));
            throw;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var problem = $"The API server {home.Client.Server} did not answer within {CallTimeout.TotalSeconds:0} s when asked to {what} "
                + "in the membership table.";
            _home.Report(problem);
            throw new TimeoutException(problem);
        }
    }

    private static OrleansSilo In(HomeConnection home, OrleansSilo silo) =>
        silo with { Metadata = silo.Metadata with { Namespace = home.Namespace } };

    private static OrleansCluster In(HomeConnection home, OrleansCluster table) =>
        table with { Metadata = table.Metadata with { Namespace = home.Namespace } };

    private static OrleansSiloSpec Merge(OrleansSiloSpec old, OrleansSiloSpec change) => change with
    {
        Cluster = change.Cluster ?? old.Cluster,
        IAmAliveTime = old.IAmAliveTime > change.IAmAliveTime ? old.IAmAliveTime : change.IAmAliveTime ?? old.IAmAliveTime,
    };

    private static DateTimeOffset? LastSign(OrleansSiloSpec row) =>
        new[] { row.IAmAliveTime, row.StartTime }.Concat(row.SuspectTimes.Select(s => (DateTimeOffset?)s.Time)).Max();

    [LoggerMessage(6030, LogLevel.Warning, "The silo {Row} is alive and not in the membership table: somebody removed it.")]
    private partial void LogGone(string row);

    [LoggerMessage(
        6031, LogLevel.Information, "Version {Version} of the membership table is written, but not yet in the silo's own object. {Problem}")]
    private partial void LogUnsettled(int version, string problem);

    [LoggerMessage(
        6032, LogLevel.Warning, "The membership table was at version {Version}, behind one of its silos: was it restored from a backup? "
            + "It is at {Raised} now.")]
    private partial void LogRepaired(int version, int raised);
}
