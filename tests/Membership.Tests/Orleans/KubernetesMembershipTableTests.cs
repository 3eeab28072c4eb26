using System.Net;
using Mesh.Membership.Tests.Harness;
using Mesh.Silo.Membership;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Membership.Tests.Orleans;

/// <summary>What Orleans expects of a membership table, with Orleans' own types.</summary>
public sealed class KubernetesMembershipTableTests : IAsyncLifetime
{
    private static readonly DateTime Now = new(2026, 3, 1, 12, 0, 0, 123, DateTimeKind.Utc);

    private MeshCluster _cluster = null!;
    private MembershipHome _home = null!;
    private KubernetesMembershipTable _table = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await MeshCluster.StartAsync();
        _home = new MembershipHome(
            await _cluster.ClientOfAsync("mesh-silo"), _cluster.Options, TimeProvider.System, NullLogger<MembershipHome>.Instance);
        _table = new KubernetesMembershipTable(MeshCluster.Table(_home), _home, _cluster.Options);
        await _table.InitializeMembershipTableAsync(true, Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        _home.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Entry_WrittenAndRead_IsTheSame(bool cancellable)
    {
        var entry = Entry(0);
        entry.SuspectTimes = [Tuple.Create(Address(1), Now.AddSeconds(1)), Tuple.Create(Address(2), Now.AddSeconds(2))];
        entry.RoleName = "role";
        entry.UpdateZone = 3;
        entry.FaultZone = 4;
        var empty = cancellable ? await _table.ReadAllAsync(Cancelled) : await _table.ReadAll();
        Assert.Equal(0, empty.Version.Version);
        Assert.True(cancellable
            ? await _table.InsertRowAsync(entry, empty.Version.Next(), Cancelled)
            : await _table.InsertRow(entry, empty.Version.Next()));
        var table = cancellable ? await _table.ReadRowAsync(entry.SiloAddress, Cancelled) : await _table.ReadRow(entry.SiloAddress);
        var (read, etag) = Assert.Single(table.Members);
        Assert.Equal(entry.ToFullString(), read.ToFullString());
        Assert.Equal((3, 4, DateTimeKind.Utc), (read.UpdateZone, read.FaultZone, read.IAmAliveTime.Kind));
        Assert.Equal(1, table.Version.Version);
        Assert.Equal("east", (await _cluster.SiloAsync(KubernetesMembershipEntries.ToRow(entry, null)))!.Spec.Cluster);

        read.Status = SiloStatus.Active;
        Assert.False(cancellable
            ? await _table.UpdateRowAsync(read, "0", table.Version.Next(), Cancelled)
            : await _table.UpdateRow(read, "nonsense", table.Version.Next()));
        Assert.True(cancellable
            ? await _table.UpdateRowAsync(read, etag, table.Version.Next(), Cancelled)
            : await _table.UpdateRow(read, etag, table.Version.Next()));
        var alive = new MembershipEntry { SiloAddress = read.SiloAddress, IAmAliveTime = Now.AddMinutes(1) };
        await (cancellable ? _table.UpdateIAmAliveAsync(alive, Cancelled) : _table.UpdateIAmAlive(alive));
        var after = (cancellable ? await _table.ReadAllAsync(Cancelled) : await _table.ReadAll()).TryGet(read.SiloAddress)!.Item1;
        Assert.Equal((SiloStatus.Active, Now.AddMinutes(1)), (after.Status, after.IAmAliveTime));

        await (cancellable ? _table.DeleteMembershipTableEntriesAsync("another", Cancelled) : _table.DeleteMembershipTableEntries("another"));
        Assert.Single((await _table.ReadAll()).Members);
        await (cancellable ? _table.DeleteMembershipTableEntriesAsync("mesh-orleans", Cancelled) : _table.DeleteMembershipTableEntries("mesh-orleans"));
        Assert.Empty((await _table.ReadAll()).Members);
    }

    [Fact]
    public async Task UpdateIAmAlive_BetweenReadingAndUpdating_LeavesTheUpdateValid()
    {
        var entry = Entry(0);
        Assert.True(await _table.InsertRowAsync(entry, (await _table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        var read = await _table.ReadAllAsync(Cancelled);
        await _table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = Now.AddHours(1) }, Cancelled);
        var dead = read.Members[0].Item1;
        dead.Status = SiloStatus.Dead;
        Assert.True(await _table.UpdateRowAsync(dead, read.Members[0].Item2, read.Version.Next(), Cancelled));
    }

    [Fact]
    public async Task UpdateRow_ManyAtOnce_EachVersionHasOneWinner()
    {
        var entry = Entry(0);
        Assert.True(await _table.InsertRowAsync(entry, (await _table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        await Task.WhenAll(Enumerable.Range(0, 15).Select(async _ =>
        {
            while (true)
            {
                var read = await _table.ReadAllAsync(Cancelled);
                if (await _table.UpdateRowAsync(read.Members[0].Item1, read.Members[0].Item2, read.Version.Next(), Cancelled))
                {
                    return;
                }
            }
        }));
        Assert.Equal(16, (await _table.ReadAllAsync(Cancelled)).Version.Version);
    }

    [Fact]
    public async Task CleanupDefunctSiloEntries_OldAndNew_RemovesTheOldDead()
    {
        foreach (var (number, status) in new[] { (0, SiloStatus.Dead), (1, SiloStatus.Active), (2, SiloStatus.Dead) })
        {
            var entry = Entry(number, status);
            entry.IAmAliveTime = number == 2 ? Now : Now.AddDays(-10);
            entry.StartTime = entry.IAmAliveTime;
            Assert.True(await _table.InsertRowAsync(entry, (await _table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        }
        await _table.CleanupDefunctSiloEntriesAsync(Now.AddDays(-3), Cancelled);
        var left = (await _table.ReadAllAsync(Cancelled)).Members.Select(m => m.Item1.SiloAddress);
        Assert.Equal([Address(1), Address(2)], left.OrderBy(a => a.Endpoint.ToString()));
    }

    [Fact]
    public async Task Initialize_HomeIsAway_SaysWhy()
    {
        await using var relay = new Relay(_cluster.Address);
        await relay.CloseAsync();
        using var home = new MembershipHome(
            _cluster.Client(c => c, relay.Address), _cluster.Options, TimeProvider.System, NullLogger<MembershipHome>.Instance);
        var table = new KubernetesMembershipTable(MeshCluster.Table(home), home, _cluster.Options);
        Assert.Contains("refused", (await Assert.ThrowsAsync<IOException>(() => table.InitializeMembershipTable(true))).Message);
    }

    private static SiloAddress Address(int number) => SiloAddress.New(IPAddress.Parse("10.0.0.1"), 11111 + number, 1000 + number);

    private static MembershipEntry Entry(int number, SiloStatus status = SiloStatus.Joining) => new()
    {
        SiloAddress = Address(number),
        SiloName = $"east/mesh-silo-{number}",
        HostName = "host",
        Status = status,
        ProxyPort = 30000,
        StartTime = Now,
        IAmAliveTime = Now,
    };
}
