using System.Collections.Immutable;
using Mesh.Kubernetes.Resources;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;

namespace Mesh.Membership.Tests;

/// <summary>A silo that dies between two writes, and people who change the objects by hand. The states are made as such a silo leaves them.</summary>
public sealed class SiloTableCrashTests : IAsyncLifetime
{
    private MeshCluster _cluster = null!;
    private SiloTable _table = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await MeshCluster.StartAsync();
        _table = _cluster.Table();
        await InsertAsync(Rows.Silo(0, "Active"));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Insert_DiedBeforeTheVersionWasRaised_SiloIsNotInTheTableAndCanBeInserted()
    {
        await ReserveAsync(Rows.Silo(1));
        Assert.Single((await _table.ReadAsync(Cancelled)).Rows);
        Assert.Empty((await _table.ReadAsync(SiloRowName.Of(Rows.Silo(1)), Cancelled)).Rows);
        var before = await _table.ReadAsync(Cancelled);
        Assert.False(await _table.UpdateAsync(Rows.Silo(1), 0, 2, before.Etag, Cancelled));
        await InsertAsync(Rows.Silo(1));
        Assert.Equal(2, (await _table.ReadAsync(Cancelled)).Rows.Length);
    }

    [Fact]
    public async Task Insert_DiedBeforeTheVersionWasRaised_IsCleanedUpInTime()
    {
        await ReserveAsync(Rows.Silo(1));
        await _table.CleanUpAsync(Rows.Started, Cancelled);
        Assert.NotNull(await _cluster.SiloAsync(Rows.Silo(1)));
        await _table.CleanUpAsync(TimeProvider.System.GetUtcNow().AddDays(1), Cancelled);
        Assert.Null(await _cluster.SiloAsync(Rows.Silo(1)));
        Assert.Single((await _table.ReadAsync(Cancelled)).Rows);
    }

    [Fact]
    public async Task Insert_DiedAfterTheVersionWasRaised_IsInTheTableForEverybody()
    {
        await ReserveAsync(Rows.Silo(1));
        await RaiseAsync(Rows.Silo(1));
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.Equal((2, 2), (snapshot.Version, snapshot.Rows.Length));
        Assert.Equal("Joining", (await _table.ReadAsync(SiloRowName.Of(Rows.Silo(1)), Cancelled)).Rows.Single().Status);
        Assert.False(await _table.InsertAsync(Rows.Silo(1), 3, snapshot.Etag, Cancelled));
        // The silo itself goes on, and so does its sign of life, though its object still says nothing.
        await _table.HeartbeatAsync(SiloRowName.Of(Rows.Silo(1)), Rows.Started.AddMinutes(1), Cancelled);
        Assert.True(await _table.UpdateAsync(Rows.Silo(1, "Active"), 2, 3, (await _table.ReadAsync(Cancelled)).Etag, Cancelled));
        var row = (await _cluster.SiloAsync(Rows.Silo(1)))!.Spec;
        Assert.Equal(("Active", 3, Rows.Started.AddMinutes(1)), (row.Status, row.Version, row.IAmAliveTime));
    }

    [Fact]
    public async Task Update_DiedAfterTheVersionWasRaised_IsAppliedBeforeTheNextChange()
    {
        await InsertAsync(Rows.Silo(1, "Active"));
        await RaiseAsync(Rows.Silo(0, "Dead"));
        Assert.Equal("Dead", (await ReadAsync(Rows.Silo(0))).Status);
        Assert.Equal("Active", (await _cluster.SiloAsync(Rows.Silo(0)))!.Spec.Status);

        Assert.True(await _table.UpdateAsync(Rows.Silo(1, "Stopping"), 2, 4, (await _table.ReadAsync(Cancelled)).Etag, Cancelled));
        Assert.Equal("Dead", (await _cluster.SiloAsync(Rows.Silo(0)))!.Spec.Status);
        Assert.Equal(("Dead", 3), ((await ReadAsync(Rows.Silo(0))).Status, (await ReadAsync(Rows.Silo(0))).Version));
        Assert.Equal(("Stopping", 4), ((await ReadAsync(Rows.Silo(1))).Status, (await ReadAsync(Rows.Silo(1))).Version));
    }

    [Fact]
    public async Task Update_LostTheRaceAfterSomebodyDied_StillAppliesWhatTheDeadOneMade()
    {
        await InsertAsync(Rows.Silo(1, "Active"));
        var before = await _table.ReadAsync(Cancelled);
        await RaiseAsync(Rows.Silo(0, "Dead"));
        Assert.False(await _table.UpdateAsync(Rows.Silo(0, "Stopping"), 1, 3, before.Etag, Cancelled));
        Assert.Equal("Dead", (await ReadAsync(Rows.Silo(0))).Status);
    }

    [Fact]
    public async Task CleanUp_LastChangeMadeASiloDead_GoesByIt()
    {
        await RaiseAsync(Rows.Silo(0, "Dead"));
        await _table.CleanUpAsync(Rows.Started.AddDays(1), Cancelled);
        Assert.Empty((await _table.ReadAsync(Cancelled)).Rows);
    }

    [Fact]
    public async Task Read_SomebodyDeletedTheSiloThatChangedLast_IsNotThere()
    {
        await _cluster.Admin.DeleteAsync<OrleansSilo>(MeshCluster.Namespace, SiloRowName.Of(Rows.Silo(0)), null, Cancelled);
        Assert.Empty((await _table.ReadAsync(Cancelled)).Rows);
        await InsertAsync(Rows.Silo(1));
        Assert.Single((await _table.ReadAsync(Cancelled)).Rows);
        Assert.Null(await _cluster.SiloAsync(Rows.Silo(0)));
    }

    [Fact]
    public async Task Read_SomebodyDeletedTheTablesObject_GoesOnAtALaterVersion()
    {
        await InsertAsync(Rows.Silo(1));
        await _cluster.Admin.DeleteAsync<OrleansCluster>(MeshCluster.Namespace, "mesh-orleans", null, Cancelled);
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.True(snapshot.Version > 2, $"{snapshot.Version}");
        Assert.Equal(2, snapshot.Rows.Length);
        await InsertAsync(Rows.Silo(2));
        Assert.Equal(3, (await _table.ReadAsync(Cancelled)).Rows.Length);
    }

    [Fact]
    public async Task Read_SomebodyPutAnOldTableBack_GoesOnAtALaterVersion()
    {
        await InsertAsync(Rows.Silo(1));
        var table = await _cluster.TableObjectAsync();
        await _cluster.Admin.ReplaceAsync(table with { Spec = new OrleansClusterSpec { Version = 1 } }, Cancelled);
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.True(snapshot.Version > 2, $"{snapshot.Version}");
        Assert.Equal(2, snapshot.Rows.Length);
    }

    private async Task<OrleansSiloSpec> ReadAsync(OrleansSiloSpec row) =>
        (await _table.ReadAsync(Cancelled)).Rows.Single(r => SiloRowName.Of(r) == SiloRowName.Of(row));

    private async Task InsertAsync(OrleansSiloSpec row)
    {
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.True(await _table.InsertAsync(row, snapshot.Version + 1, snapshot.Etag, Cancelled));
    }

    /// <summary>The first write of an insertion.</summary>
    private Task ReserveAsync(OrleansSiloSpec row) => _cluster.Admin.CreateAsync(
        new OrleansSilo
        {
            Metadata = new ObjectMeta
            {
                Namespace = MeshCluster.Namespace,
                Name = SiloRowName.Of(row),
                Labels = ImmutableDictionary<string, string>.Empty.Add(SiloTable.TableLabel, "mesh-orleans"),
            },
            Spec = new OrleansSiloSpec { Address = row.Address, Generation = row.Generation, SiloName = row.SiloName, Cluster = row.Cluster },
        },
        Cancelled);

    /// <summary>The write that makes a change, without the one after it.</summary>
    private async Task RaiseAsync(OrleansSiloSpec row)
    {
        var table = await _cluster.TableObjectAsync();
        var version = table.Spec.Version + 1;
        var spec = table.Spec with { Version = version, LastChange = row with { Version = version } };
        await _cluster.Admin.ReplaceAsync(table with { Spec = spec }, Cancelled);
    }
}
