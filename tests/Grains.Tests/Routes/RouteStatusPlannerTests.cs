using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Grains.Routes;
using Mesh.Grains.Tests.Fakes;
using static Mesh.Grains.Tests.Routes.RouteSamples;

namespace Mesh.Grains.Tests.Routes;

public sealed class RouteStatusPlannerTests
{
    private readonly FakeClusterView _view = new();

    public RouteStatusPlannerTests() => _view.Put(Samples.Service());

    [Fact]
    public void Plan_RouteOfAService_IsAcceptedAndResolved()
    {
        _view.Put(Route(rules: Rule()));
        var (route, parents) = Assert.Single(RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch));
        Assert.Equal(new RouteObject("gateway.networking.k8s.io", "v1", "HTTPRoute", "mc-demo", "bb", "mc-demo-bb"), route);
        var parent = Assert.Single(parents);
        Assert.Equal(Bb, parent.Parent);
        Assert.Equal(
            [("Accepted", "True", "Accepted", 1L), ("ResolvedRefs", "True", "ResolvedRefs", 1L)],
            parent.Conditions.Select(condition => (condition.Type, condition.Status, condition.Reason, condition.ObservedGeneration)));
    }

    [Fact]
    public void Plan_StatusIsRight_NothingIsWritten()
    {
        _view.Put(Route(rules: Rule()));
        var (_, parents) = RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch)[0];
        _view.Put(Route(rules: Rule()) with { ParentStatuses = parents });
        Assert.Empty(RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch.AddHours(1)));
    }

    [Fact]
    public void Plan_TurnsBad_KeepsTheTimeOfWhatStaysAsItWas()
    {
        _view.Put(Route(rules: Rule()));
        var (_, parents) = RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch)[0];
        _view.Put(Route(rules: Rule() with { Filters = ["URLRewrite"] }) with { ParentStatuses = parents });
        var (_, now) = RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch.AddHours(1))[0];
        Assert.Equal([Samples.Epoch.AddHours(1), Samples.Epoch], now[0].Conditions.Select(condition => condition.LastTransitionTime));
    }

    [Theory]
    [InlineData("absent", null)]
    [InlineData("bb", 9)]
    public void Plan_ParentThatIsNot_IsNoMatchingParent(string service, int? port)
    {
        _view.Put(Route(rules: Rule()) with { Parents = [Bb with { Name = service, Port = port }] });
        Assert.Equal(("False", "NoMatchingParent"), Condition(0));
    }

    [Fact]
    public void Plan_UnsupportedRule_IsNamed()
    {
        _view.Put(Route(rules: [Rule(), Rule() with { Filters = ["RequestMirror"] }]));
        Assert.Equal(("False", "UnsupportedValue"), Condition(0));
        Assert.Contains("rules[1].filters: RequestMirror", Message(0), StringComparison.Ordinal);
        Assert.Equal(("True", "ResolvedRefs"), Condition(1));
    }

    [Theory]
    [InlineData("Gateway", "other", "InvalidKind")]
    [InlineData("Service", "other", "UnsupportedValue")]
    public void Plan_OtherBackend_IsNotResolved(string kind, string name, string reason)
    {
        _view.Put(Route(rules: Rule() with { Backends = [new ObservedRouteBackend("", kind, null, name, null, false)] }));
        Assert.Equal(("True", "Accepted"), Condition(0));
        Assert.Equal(("False", reason), Condition(1));
    }

    [Fact]
    public void Plan_Hostnames_AreNotSupported()
    {
        _view.Put(Route(rules: Rule()) with { Hostnames = ["a"] });
        Assert.Equal(("False", "UnsupportedValue"), Condition(0));
    }

    [Fact]
    public void Plan_ParentIsNoService_IsLeftToOthers()
    {
        _view.Put(Route(rules: Rule()) with { Parents = [new ObservedRouteParent(null, null, null, "gateway", null, null)] });
        Assert.Empty(RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch));
    }

    private (string, string) Condition(int index) =>
        RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch)[0].Parents[0].Conditions[index] is var condition
            ? (condition.Status, condition.Reason)
            : default;

    private string Message(int index) => RouteStatusPlanner.Plan("mc-demo", _view, Samples.Epoch)[0].Parents[0].Conditions[index].Message;
}
