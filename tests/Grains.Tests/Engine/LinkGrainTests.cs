using Mesh.Grains.Ports;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Links;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Engine;

[Collection(EngineTests.Name)]
public sealed class LinkGrainTests : IAsyncLifetime
{
    private TwoClusters _clusters = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ILinkGrain Link => _clusters.West.Grains.GetGrain<ILinkGrain>("west/target");

    public async ValueTask InitializeAsync() => _clusters = await TwoClusters.StartAsync();

    public ValueTask DisposeAsync() => _clusters.DisposeAsync();

    [Fact]
    public async Task Label_Service_IsMirroredWithinASecondAndGoneWithTheLabel()
    {
        await Link.Reconcile(Cancellation);
        for (var round = 0; round < 10; round++)
        {
            _clusters.Export();
            await Mirrored(true, TimeSpan.FromSeconds(1));
            _clusters.Export(false);
            await Mirrored(false, TimeSpan.FromSeconds(1));
        }
        Assert.Equal(LinkState.Connected, (await Link.GetStatus(Cancellation)).State);
    }

    [Fact]
    public async Task Mirror_Written_IsInTheLinksStatus()
    {
        _clusters.Export();
        await Link.Reconcile(Cancellation);
        await Mirrored(true);
        await Eventually.Holds(
            () => _clusters.WestView.Links.Single().MirrorServices is [{ LocalName: "bb-target", Conditions: [{ Status: "True" }] }],
            TimeSpan.FromSeconds(10),
            () => string.Join(',', _clusters.WestView.Links.Single().MirrorServices),
            Cancellation);
        Assert.Equal(["apply mc-demo/bb-target"], _clusters.West.Writer.Log);
    }

    [Fact]
    public async Task Namespace_Missing_IsSkippedWithOneEventAndRetriedWhenItAppears()
    {
        _clusters.WestView.Remove<Grains.Observed.ObservedNamespace>("mc-demo", "mc-demo", ClusterTopic.Namespaces);
        _clusters.Export();
        await Link.Reconcile(Cancellation);
        await Eventually.Holds(
            () => _clusters.West.Writer.Events.Count == 1, TimeSpan.FromSeconds(10), () => $"{_clusters.West.Writer.Events.Count} events", Cancellation);
        await Link.Reconcile(Cancellation);
        Assert.Equal(["ServiceMirroringSkipped"], _clusters.West.Writer.Events.Select(skipped => skipped.Reason));
        Assert.Equal("MissingNamespace", (await Link.GetStatus(Cancellation)).Mirrors.Single().Reason);

        _clusters.WestView.Put(Samples.Namespace());
        await Mirrored(true, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Link_Deleted_ItsMirrorsAreDeleted()
    {
        _clusters.Export();
        await Link.Reconcile(Cancellation);
        await Mirrored(true);
        _clusters.WestView.Remove<Grains.Observed.ObservedLink>("mesh-multicluster", "target", ClusterTopic.Links);
        await Mirrored(false, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Link_SelectorChanged_MirrorsFollow()
    {
        _clusters.Export();
        await Link.Reconcile(Cancellation);
        await Mirrored(true);
        _clusters.WestView.Put(Samples.Link() with { RemoteDiscoverySelector = Samples.Selector(("other", "label")) });
        await Mirrored(false);
    }

    [Fact]
    public async Task Link_ToClusterNobodyKnows_SaysSoAndTouchesNothing()
    {
        _clusters.WestView.Put(Samples.Link("nowhere", "nowhere", "nowhere"));
        var link = _clusters.West.Grains.GetGrain<ILinkGrain>("west/nowhere");
        await link.Reconcile(Cancellation);
        var status = await link.GetStatus(Cancellation);
        Assert.Equal(LinkState.UnknownCluster, status.State);
        Assert.Contains("nowhere", status.Message, StringComparison.Ordinal);
        Assert.Empty(_clusters.West.Writer.Log);
    }

    [Fact]
    public async Task Target_Dies_MirrorsStayAndTheLinkIsSuspectUntilItReturns()
    {
        _clusters.Export();
        await Link.Reconcile(Cancellation);
        await Mirrored(true);
        await _clusters.StopEastAsync();
        _clusters.Export(false);
        await Link.Reconcile(Cancellation);
        Assert.Equal(LinkState.Suspect, (await Link.GetStatus(Cancellation)).State);
        Assert.NotNull(_clusters.WestView.Service("mc-demo", "bb-target"));
        await Connected("False");
        await Eventually.Holds(
            () => _clusters.West.Writer.Events.Any(suspect => suspect.Reason == "TargetClusterSuspect"), TimeSpan.FromSeconds(10), () => "no event", Cancellation);

        await _clusters.StartEastAsync();
        await Mirrored(false);
        Assert.Equal(LinkState.Connected, (await Link.GetStatus(Cancellation)).State);
        await Connected("True");
    }

    [Fact]
    public async Task Write_RefusedForOne_OthersAreMirroredAndTheStatusSaysWhy()
    {
        _clusters.West.Writer.OnApply = mirror =>
            mirror.Name == "bb-target" ? new WriteResult(WriteOutcome.Refused, "admission webhook says no") : null;
        _clusters.Export();
        _clusters.EastView.Put(Samples.Service("other", (Samples.Exported, "remote-discovery")));
        await Link.Reconcile(Cancellation);
        await Eventually.Holds(
            () => _clusters.WestView.Service("mc-demo", "other-target") is not null, TimeSpan.FromSeconds(10), () => "not mirrored", Cancellation);
        var failed = (await Link.GetStatus(Cancellation)).Mirrors.Single(mirror => mirror.LocalName == "bb-target");
        Assert.Equal(("Error", false), (failed.Reason, failed.Mirrored));
        Assert.Contains("admission webhook says no", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task View_LagsBehindWrites_NothingIsWrittenTwice()
    {
        _clusters.West.Writer.ShowsWrites = false;
        _clusters.Export();
        await Link.Reconcile(Cancellation);
        await Link.Reconcile(Cancellation);
        await Link.Reconcile(Cancellation);
        Assert.Single(_clusters.West.Writer.Log);
    }

    private Task Connected(string status) => Eventually.Holds(
        () => _clusters.WestView.Links.Single().Conditions is [{ Type: "Connected" } condition] && condition.Status == status,
        TimeSpan.FromSeconds(10),
        () => $"Connected={status} expected, the Link says {string.Join(',', _clusters.WestView.Links.Single().Conditions)}",
        Cancellation);

    private Task Mirrored(bool expected, TimeSpan? within = null) => Eventually.Holds(
        () => _clusters.WestView.Service("mc-demo", "bb-target") is not null == expected,
        within ?? TimeSpan.FromSeconds(10),
        () => $"mirror expected: {expected}; writes: {string.Join(", ", _clusters.West.Writer.Log)}",
        Cancellation);
}
