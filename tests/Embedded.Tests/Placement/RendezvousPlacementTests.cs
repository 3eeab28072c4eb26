using System.Collections.Immutable;
using System.Net;
using Mesh.Conformance.TestSilo.Grains;
using Mesh.Grains.Placement;
using Mesh.Silo.Hosting;
using Mesh.Testing;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Placement;

namespace Mesh.Embedded.Tests.Placement;

public sealed class RendezvousPlacementTests
{
    private readonly MembershipTable _table = new(Member(1, "east", MemberStatus.Active), new ManualTimeProvider());
    private readonly RendezvousPlacement _placement;

    public RendezvousPlacementTests()
    {
        var filter = new RegisteredFilter(typeof(HomeClusterPlacementFilterStrategy), new HomeClusterPlacementFilterDirector(new EmbeddedClusters(_table)));
        _placement = new RendezvousPlacement(_table, new GrainCatalog([typeof(ProbeGrain).Assembly]), [filter]);
        Join(Member(2, "east", MemberStatus.Active), Member(3, "east", MemberStatus.Active), Member(4, "west", MemberStatus.Active));
    }

    [Fact]
    public void Locate_ThreeSilos_SharesAreAboutEqual()
    {
        var shares = Owners().GroupBy(pair => pair.Value).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(3, shares.Count);
        Assert.All(shares.Values, share => Assert.InRange(share, 280, 390));
        Assert.DoesNotContain(shares.Keys, silo => silo.Endpoint.Port == 4);
    }

    [Fact]
    public void Locate_SiloGone_OnlyItsGrainsMove()
    {
        var before = Owners();
        _table.Lost(new IPEndPoint(IPAddress.Loopback, 3), "test");
        var after = Owners();
        Assert.All(before.Where(pair => pair.Value.Endpoint.Port != 3), pair => Assert.Equal(pair.Value, after[pair.Key]));
        Assert.DoesNotContain(after.Values, silo => silo.Endpoint.Port == 3);
    }

    [Fact]
    public void Locate_SiloRestarted_GetsItsGrainsBack()
    {
        var before = Owners();
        Join(Member(3, "east", MemberStatus.Active, generation: 9));
        Assert.All(Owners(), pair => Assert.Equal(before[pair.Key].Endpoint, pair.Value.Endpoint));
    }

    [Fact]
    public void Locate_FilterNotRegistered_SaysSo()
    {
        var placement = new RendezvousPlacement(_table, new GrainCatalog([typeof(ProbeGrain).Assembly]), []);
        var error = Assert.Throws<OrleansException>(() => placement.Locate(GrainId.Create("probe", "east/x"), default));
        Assert.Contains("AddPlacementFilter", error.Message);
    }

    private static MemberRecord Member(int port, string cluster, MemberStatus status, int generation = 1) => new(
        SiloAddress.New(IPAddress.Loopback, port, generation), $"{port}",
        ImmutableDictionary<string, string>.Empty.Add("cluster", cluster), status);

    private void Join(params MemberRecord[] members)
    {
        _table.Merge(members);
        foreach (var member in members)
        {
            _table.Seen(member.Address);
        }
    }

    private Dictionary<string, SiloAddress> Owners() => Enumerable.Range(0, 1000).Select(i => $"east/ns/service-{i}")
        .ToDictionary(key => key, key => _placement.Locate(GrainId.Create("probe", key), default));
}
