using Google.Protobuf;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Policies;
using Mesh.Interfaces.Traffic;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Engine;

[Collection(EngineTests.Name)]
public sealed class ClusterGrainTests : IAsyncLifetime
{
    private TwoClusters _clusters = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clusters = await TwoClusters.StartAsync();

    public ValueTask DisposeAsync() => _clusters.DisposeAsync();

    [Fact]
    public async Task Traffic_RecordedInEast_IsReadFromWest()
    {
        var report = new TrafficReport { Series = { new TrafficSeries { Namespace = "mc-demo", Pod = "bb-1", Success = 10 } } };
        await _clusters.East.Grains.GetGrain<ITrafficGrain>("east/mc-demo").Record("east-1", report.ToByteArray());
        var summary = await _clusters.West.Grains.GetGrain<ITrafficGrain>("east/mc-demo").Query(TimeSpan.FromMinutes(1), Cancellation);
        Assert.Equal(10UL, TrafficSeries.Parser.ParseFrom(Assert.Single(summary.Series)).Success);
    }

    [Fact]
    public async Task PolicyStatus_FollowsWhatAPolicyRefersTo()
    {
        _clusters.EastView.Put(Samples.Policy());
        await _clusters.East.Grains.GetGrain<IPolicyStatusGrain>("east/mc-demo").Reconcile(Cancellation);
        Assert.Equal("NoMatchingTarget", Reason("AuthorizationPolicy", 1));
        _clusters.EastView.Put(Samples.Server());
        await Eventually.Holds(
            () => Reason("AuthorizationPolicy", 1) == "ResolvedRefs" && Reason("Server", 0) == "Accepted",
            TimeSpan.FromSeconds(10),
            () => Reason("AuthorizationPolicy", 1) ?? "",
            Cancellation);
    }

    [Fact]
    public async Task PolicyStatus_BadAnnotationOfAService_IsSaidOnce()
    {
        var status = _clusters.East.Grains.GetGrain<IPolicyStatusGrain>("east/mc-demo");
        _clusters.EastView.Put(Samples.Service() with { Annotations = Samples.Map(("timeout.linkerd.io/idle", "never")) });
        await status.Reconcile(Cancellation);
        await status.Reconcile(Cancellation);
        Assert.Equal(("Service", "bb"), Assert.Single(_clusters.East.Writer.Events) is var warning ? (warning.Kind, warning.Name) : default);
    }

    [Fact]
    public async Task PolicyStatus_OfARoute_FollowsItsParent()
    {
        _clusters.EastView.Put(Routes.RouteSamples.Route(rules: Routes.RouteSamples.Rule()) with
        {
            Parents = [Routes.RouteSamples.Bb with { Name = "later" }],
        });
        await _clusters.East.Grains.GetGrain<IPolicyStatusGrain>("east/mc-demo").Reconcile(Cancellation);
        Assert.Equal("NoMatchingParent", Route());
        _clusters.EastView.Put(Samples.Service("later"));
        await Eventually.Holds(() => Route() == "Accepted", TimeSpan.FromSeconds(10), Route, Cancellation);

        string Route() => Assert.Single(_clusters.East.Writer.RouteStatuses).Value[0].Conditions[0].Reason;
    }

    private string? Reason(string kind, int condition) => _clusters.East.Writer.PolicyStatuses
        .Where(status => status.Key.Kind == kind)
        .Select(status => status.Value[condition].Reason)
        .FirstOrDefault();
}
