using Mesh.Kubernetes.Resources;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;

namespace Mesh.Membership.Tests;

public sealed class SiloTableTests : IAsyncLifetime
{
    private MeshCluster _cluster = null!;
    private SiloTable _table = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await MeshCluster.StartAsync();
        _table = _cluster.Table();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Read_NothingWrittenYet_IsVersion0WithoutRows()
    {
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.Equal(0, snapshot.Version);
        Assert.NotEmpty(snapshot.Etag);
        Assert.Empty(snapshot.Rows);
    }

    [Fact]
    public async Task Insert_NewSilo_IsInTheTableAndRaisesTheVersion()
    {
        var before = await _table.ReadAsync(Cancelled);
        Assert.True(await _table.InsertAsync(Rows.Silo(0), 1, before.Etag, Cancelled));
        var after = await _table.ReadAsync(Cancelled);
        Assert.Equal(1, after.Version);
        Assert.NotEqual(before.Etag, after.Etag);
        Assert.Equal(Rows.Silo(0) with { Version = 1 }, Assert.Single(after.Rows), Same);
        Assert.Equal(Rows.Silo(0) with { Version = 1 }, (await _cluster.SiloAsync(Rows.Silo(0)))!.Spec, Same);
        var one = await _table.ReadAsync(SiloRowName.Of(Rows.Silo(0)), Cancelled);
        Assert.Equal((1, after.Etag, 1), (one.Version, one.Etag, one.Rows.Length));
        Assert.Empty((await _table.ReadAsync(SiloRowName.Of(Rows.Silo(1)), Cancelled)).Rows);
    }

    [Fact]
    public async Task Insert_SiloIsThere_ChangesNothing()
    {
        await InsertAsync(Rows.Silo(0));
        var before = await _table.ReadAsync(Cancelled);
        Assert.False(await _table.InsertAsync(Rows.Silo(0, "Active"), 2, before.Etag, Cancelled));
        await UnchangedAsync(before);
    }

    [Fact]
    public async Task Insert_TableHasChanged_ChangesNothing()
    {
        var old = await _table.ReadAsync(Cancelled);
        await InsertAsync(Rows.Silo(0));
        var before = await _table.ReadAsync(Cancelled);
        Assert.False(await _table.InsertAsync(Rows.Silo(1), 1, old.Etag, Cancelled));
        Assert.False(await _table.InsertAsync(Rows.Silo(1), 3, before.Etag, Cancelled));
        await UnchangedAsync(before);
    }

    [Fact]
    public async Task Update_RowAndTableAsRead_ReplacesTheRow()
    {
        await InsertAsync(Rows.Silo(0));
        await InsertAsync(Rows.Silo(1));
        var before = await _table.ReadAsync(Cancelled);
        var dead = Rows.Silo(0, "Dead") with
        {
            Cluster = null,
            SuspectTimes = [new OrleansSuspicion { Silo = "10.0.0.2:11111@1", Time = Rows.Started.AddSeconds(5) }],
        };
        Assert.True(await _table.UpdateAsync(dead, 1, 3, before.Etag, Cancelled));
        var after = await _table.ReadAsync(Cancelled);
        Assert.Equal(3, after.Version);
        Assert.Equal(dead with { Version = 3, Cluster = "east" }, after.Rows.Single(r => r.Address == dead.Address), Same);
        Assert.Equal(Rows.Silo(1) with { Version = 2 }, after.Rows.Single(r => r.Address != dead.Address), Same);
    }

    [Theory]
    [InlineData(2, 3, true)]
    [InlineData(1, 4, true)]
    [InlineData(1, 3, false)]
    public async Task Update_RowOrTableHasChanged_ChangesNothing(int rowVersion, int version, bool newest)
    {
        var old = await _table.ReadAsync(Cancelled);
        await InsertAsync(Rows.Silo(0));
        await InsertAsync(Rows.Silo(1));
        var before = await _table.ReadAsync(Cancelled);
        Assert.False(await _table.UpdateAsync(Rows.Silo(0, "Dead"), rowVersion, version, newest ? before.Etag : old.Etag, Cancelled));
        await UnchangedAsync(before);
    }

    [Fact]
    public async Task Update_NoSuchRow_ChangesNothing()
    {
        var before = await _table.ReadAsync(Cancelled);
        Assert.False(await _table.UpdateAsync(Rows.Silo(0), 0, 1, before.Etag, Cancelled));
        await UnchangedAsync(before);
    }

    [Fact]
    public async Task Heartbeat_SiloInTheTable_LeavesEtagsAsTheyWere()
    {
        await InsertAsync(Rows.Silo(0));
        var before = await _table.ReadAsync(Cancelled);
        var alive = Rows.Started.AddMinutes(3);
        await _table.HeartbeatAsync(SiloRowName.Of(Rows.Silo(0)), alive, Cancelled);
        var after = await _table.ReadAsync(Cancelled);
        Assert.Equal((before.Version, before.Etag), (after.Version, after.Etag));
        Assert.Equal(alive, after.Rows.Single().IAmAliveTime);
        // Another silo read the row before, and its change must not take the sign of life back.
        Assert.True(await _table.UpdateAsync(Rows.Silo(0, "Active"), 1, 2, before.Etag, Cancelled));
        var row = (await _table.ReadAsync(Cancelled)).Rows.Single();
        Assert.Equal(("Active", alive), (row.Status, row.IAmAliveTime));
    }

    [Fact]
    public async Task Heartbeat_SiloNotInTheTable_AddsNothing()
    {
        await _table.HeartbeatAsync(SiloRowName.Of(Rows.Silo(0)), Rows.Started, Cancelled);
        Assert.Empty((await _table.ReadAsync(Cancelled)).Rows);
    }

    [Fact]
    public async Task CleanUp_OldRows_RemovesTheDeadOnly()
    {
        var before = Rows.Started.AddDays(7);
        await InsertAsync(Rows.Silo(0, "Dead"));
        await InsertAsync(Rows.Silo(1, "Dead") with { IAmAliveTime = before });
        await InsertAsync(Rows.Silo(2, "Dead") with { SuspectTimes = [new OrleansSuspicion { Silo = "10.0.0.9:1@1", Time = before }] });
        await InsertAsync(Rows.Silo(3, "Active"));
        await InsertAsync(Rows.Silo(4));
        await _table.CleanUpAsync(before, Cancelled);
        var rows = (await _table.ReadAsync(Cancelled)).Rows;
        Assert.Equal([1, 2, 3, 4], rows.Select(r => int.Parse(r.SiloName!["east/mesh-silo-".Length..])).Order());
        Assert.Null(await _cluster.SiloAsync(Rows.Silo(0)));
    }

    [Fact]
    public async Task Delete_TableWithRows_LeavesNothing()
    {
        await InsertAsync(Rows.Silo(0));
        await _table.DeleteAsync(Cancelled);
        Assert.Null(await _cluster.SiloAsync(Rows.Silo(0)));
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.Equal(0, snapshot.Version);
        Assert.Empty(snapshot.Rows);
    }

    [Theory]
    [InlineData("10.42.1.7:11111", 523456789, "10.42.1.7-11111-523456789")]
    [InlineData("[fd00:1::2]:11111", 7, "fd00-0001-0000-0000-0000-0000-0000-0002-11111-7")]
    [InlineData("[::1]:5", 0, "0000-0000-0000-0000-0000-0000-0000-0001-5-0")]
    public async Task Insert_AnyAddress_IsAnObjectNamedAfterIt(string address, int generation, string name)
    {
        var row = Rows.Silo(0) with { Address = address, Generation = generation };
        Assert.Equal(name, SiloRowName.Of(row));
        await InsertAsync(row);
        Assert.Equal(address, (await _table.ReadAsync(name, Cancelled)).Rows.Single().Address);
    }

    private async Task InsertAsync(OrleansSiloSpec row)
    {
        var snapshot = await _table.ReadAsync(Cancelled);
        Assert.True(await _table.InsertAsync(row, snapshot.Version + 1, snapshot.Etag, Cancelled));
    }

    private async Task UnchangedAsync(SiloTableSnapshot before)
    {
        var after = await _table.ReadAsync(Cancelled);
        Assert.Equal((before.Version, before.Etag), (after.Version, after.Etag));
        Assert.Equal(before.Rows.Select(r => r.ToText()).Order(), after.Rows.Select(r => r.ToText()).Order());
    }

    private static bool Same(OrleansSiloSpec expected, OrleansSiloSpec actual) => expected.ToText() == actual.ToText();
}
