using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Silo.ClusterState;
using Mesh.Silo.Configuration;
using Mesh.Silo.Tests.Harness;
using Mesh.Silo.Upkeep;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Silo.Tests.Upkeep;

public sealed class LinkUpkeepTests : IAsyncLifetime
{
    private readonly ClusterView _view = new(new SiloOptions { ClusterName = "west" }, NullLogger<ClusterView>.Instance);
    private readonly FakeGrains _grains = new();
    private readonly ManualTimeProvider _time = new();
    private LinkUpkeep _upkeep = null!;

    public ValueTask InitializeAsync()
    {
        _upkeep = new LinkUpkeep(_grains, _view, _time, NullLogger<LinkUpkeep>.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _upkeep.StopAsync(CancellationToken.None);
        _upkeep.Dispose();
    }

    [Fact]
    public async Task Start_LinksAndMirrorsWithoutALink_AreReconciledOnceTheViewIsSynced()
    {
        Add("target");
        AddMirror("bb-target", "target");
        AddMirror("bb-gone", "gone");
        await _upkeep.StartAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_grains.LinkKeys);
        _view.MarkSynced();
        await UntilAsync(() => _grains.LinkKeys.Count == 2);
        Assert.Equal(["west/gone", "west/target"], _grains.LinkKeys.Order());
    }

    [Fact]
    public async Task Changed_Link_IsReconciledAtOnceAndThenEveryFewSeconds()
    {
        _view.MarkSynced();
        await _upkeep.StartAsync(TestContext.Current.CancellationToken);
        Add("target");
        var grain = _grains.Link("west/target");
        await UntilAsync(() =>
        {
            // The subscription may begin only after the first announcement.
            _view.Announce(new ClusterChange(ClusterTopic.Links, "mesh-multicluster", "target"));
            return grain.Reconciled > 0;
        });
        var before = grain.Reconciled;
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return grain.Reconciled > before + 1;
        });
    }

    [Fact]
    public async Task Changed_WhileACallHangs_RunsOnceMoreAfterwards()
    {
        Add("target");
        _view.MarkSynced();
        var grain = _grains.Link("west/target");
        var held = grain.Held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _upkeep.StartAsync(TestContext.Current.CancellationToken);
        await UntilAsync(() => grain.Reconciled == 1);
        Add("other");
        await UntilAsync(() =>
        {
            _view.Announce(new ClusterChange(ClusterTopic.Links, "mesh-multicluster", "target"));
            _view.Announce(new ClusterChange(ClusterTopic.Links, "mesh-multicluster", "other"));
            return _grains.Link("west/other").Reconciled > 0;
        });
        Assert.Equal(1, grain.Reconciled);
        grain.Held = null;
        held.SetResult();
        await UntilAsync(() => grain.Reconciled >= 2);
    }

    [Fact]
    public async Task Deleted_Link_IsReconciledForAWhile()
    {
        Add("target");
        _view.MarkSynced();
        await _upkeep.StartAsync(TestContext.Current.CancellationToken);
        var grain = _grains.Link("west/target");
        await UntilAsync(() => grain.Reconciled > 0);
        _view.LinkTable.Remove("mesh-multicluster", "target", out _);
        var before = grain.Reconciled;
        _view.Announce(new ClusterChange(ClusterTopic.Links, "mesh-multicluster", "target"));
        await UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return grain.Reconciled > before + 1;
        });
    }

    private Task UntilAsync(Func<bool> condition) => Eventually.Holds(
        condition, TimeSpan.FromSeconds(20), () => string.Join(", ", _grains.LinkKeys.Select(k => $"{k}: {_grains.Link(k).Reconciled}")),
        TestContext.Current.CancellationToken);

    private void Add(string name)
    {
        var link = new ObservedLink(
            "mesh-multicluster", name, "u-" + name, "1", 1, DateTimeOffset.MinValue, name, "east", "cluster.local", null, null, null, [], [], []);
        _view.LinkTable.Set(link.Namespace, name, link, out _);
    }

    private void AddMirror(string name, string target)
    {
        var labels = ImmutableSortedDictionary<string, string>.Empty
            .Add("mirror.linkerd.io/mirrored-service", "true").Add("mirror.linkerd.io/cluster-name", target);
        var service = new ObservedService("mc-demo", name, "u-" + name, "1", labels, ImmutableSortedDictionary<string, string>.Empty, "ClusterIP", [], false, []);
        _view.ServiceTable.Set("mc-demo", name, service, out _);
    }
}
