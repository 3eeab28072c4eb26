using Mesh.Grains.Exports;
using Mesh.Grains.Links;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Links;

public sealed class CatalogFollowerTests
{
    private static readonly ClusterName East = ClusterName.Parse("east");

    private readonly Dictionary<ServiceKey, ExportedService> _services = [];
    private readonly HashSet<ServiceKey> _unseen = [];
    private readonly List<ServiceKey> _asked = [];
    private readonly List<string> _complaints = [];
    private readonly CatalogFollower _follower;
    private ExportCatalogSnapshot? _answer;
    private Exception? _failure;

    public CatalogFollowerTests() => _follower = new CatalogFollower(
        East,
        Samples.ExportSelectors,
        (_, held) => _failure is null ? Task.FromResult(_answer?.Version == held ? null : _answer) : Task.FromException<ExportCatalogSnapshot?>(_failure),
        (key, _) =>
        {
            _asked.Add(key);
            return _unseen.Contains(key) ? Task.FromResult<ExportedService?>(null) : _services.TryGetValue(key, out var service)
                ? Task.FromResult<ExportedService?>(service)
                : Task.FromException<ExportedService?>(new TimeoutException(key.ToString()));
        },
        _complaints.Add,
        new ManualTimeProvider());

    [Fact]
    public async Task Renew_ServicesOfOthersInTheCatalog_AreLeftOutAndNamedOnce()
    {
        _answer = Catalog(1, "aa") is var own ? own with { Entries = own.Entries.Add(own.Entries[0] with { Service = ServiceKey.Parse("west/mc-demo/aa") }) } : null;
        await _follower.Renew();
        await _follower.Renew();
        Assert.Equal(["east/mc-demo/aa"], _follower.Exported.Select(key => key.ToString()));
        Assert.Contains("west/mc-demo/aa", Assert.Single(_complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_CatalogOfAnotherCluster_IsRefused()
    {
        _answer = Catalog(1, "aa") with { Cluster = ClusterName.Parse("north") };
        await _follower.Renew();
        Assert.Null(_follower.Catalog);
        Assert.Contains("north", Assert.Single(_complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_DescriptionOfAnotherService_IsNotTaken()
    {
        _answer = Catalog(1, "aa");
        _services[ServiceKey.Parse("east/mc-demo/aa")] = Samples.ExportedService();
        await _follower.Renew();
        Assert.Empty(_follower.Described);
        Assert.Contains("east/mc-demo/bb", Assert.Single(_complaints), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_NewCatalog_DescribesEachServiceOnce()
    {
        _answer = Catalog(1, "aa", "bb");
        await _follower.Renew();
        await _follower.Renew();
        Assert.Equal(["aa", "bb"], _asked.Select(key => key.Name));
        Assert.Equal(2, _follower.Described.Count);
    }

    [Fact]
    public async Task Renew_OneServiceFails_TheOthersAreDescribedAndItIsAskedAgain()
    {
        _answer = Catalog(1, "aa", "bb");
        _services.Remove(Key("aa"));
        await Assert.ThrowsAsync<TimeoutException>(_follower.Renew);
        Assert.Equal(["bb"], _follower.Described.Keys.Select(key => key.Name));
        Assert.True(_follower.HasAsked);
        _services[Key("aa")] = Samples.ExportedService("aa");
        await _follower.Renew();
        Assert.Equal(2, _follower.Described.Count);
    }

    [Fact]
    public async Task Renew_AnotherSiloHasNotSeenTheServiceYet_ItIsAskedAgain()
    {
        _answer = Catalog(1, "bb");
        _unseen.Add(Key("bb"));
        await _follower.Renew();
        Assert.Empty(_follower.Described);
        _unseen.Clear();
        await _follower.Renew();
        Assert.Single(_follower.Described);
        await _follower.Renew();
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task Renew_AnotherSiloDescribesAnEarlierVersion_ItIsAskedUntilItDescribesTheCatalogs()
    {
        _answer = CatalogAt("8", 1, "bb");
        await _follower.Renew();
        Assert.Equal("7", _follower.Described[Key("bb")].ResourceVersion);
        _services[Key("bb")] = _services[Key("bb")] with { ResourceVersion = "8" };
        await _follower.Renew();
        await _follower.Renew();
        Assert.Equal("8", _follower.Described[Key("bb")].ResourceVersion);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task Renew_TargetFails_KeepsEverything()
    {
        _answer = Catalog(1, "bb");
        await _follower.Renew();
        _failure = new TimeoutException();
        await Assert.ThrowsAsync<TimeoutException>(_follower.Renew);
        Assert.Single(_follower.Exported);
        Assert.Single(_follower.Described);
    }

    [Fact]
    public async Task TryTake_OvertakenByALaterAnswer_IsRefused()
    {
        _answer = Catalog(5, "bb");
        await _follower.Renew();
        Assert.False(_follower.TryTake(Catalog(4)));
        Assert.Single(_follower.Exported);
        Assert.True(_follower.TryTake(Catalog(6)));
        Assert.Empty(_follower.Exported);
        Assert.Empty(_follower.Described);
    }

    [Fact]
    public void TryTake_MadeForOtherSelectorsOrCluster_IsRefused()
    {
        Assert.False(_follower.TryTake(ExportCatalogPlanner.Plan(East, [], new ExportSelectors(null)) with { Sequence = 9 }));
        Assert.False(_follower.TryTake(Catalog(9) with { Cluster = ClusterName.Parse("north") }));
        Assert.Null(_follower.Catalog);
    }

    [Fact]
    public async Task TryTake_ServiceChanged_IsAskedAboutAgain()
    {
        _answer = Catalog(1, "bb");
        await _follower.Renew();
        Assert.True(_follower.TryTake(CatalogAt("8", 2, "bb")));
        await _follower.AskAboutNews();
        Assert.Equal(2, _asked.Count);
    }

    private static ServiceKey Key(string name) => new(East, "mc-demo", name);

    private ExportCatalogSnapshot Catalog(long sequence, params string[] names) => CatalogAt("7", sequence, names);

    private ExportCatalogSnapshot CatalogAt(string version, long sequence, params string[] names)
    {
        foreach (var name in names)
        {
            _services.TryAdd(Key(name), Samples.ExportedService(name));
        }
        return ExportCatalogPlanner.Plan(
            East,
            names.Select(name => Samples.Service(name, (Samples.Exported, "remote-discovery")) with { ResourceVersion = version }),
            Samples.ExportSelectors) with
        { Sequence = sequence };
    }
}
