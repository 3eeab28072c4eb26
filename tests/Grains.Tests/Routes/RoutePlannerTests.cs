using Mesh.Grains.Nodes;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.NodeSession;
using static Mesh.Grains.Tests.Routes.RouteSamples;

namespace Mesh.Grains.Tests.Routes;

public sealed class RoutePlannerTests
{
    private readonly FakeClusterView _view = new();

    public RoutePlannerTests()
    {
        _view.Put(Samples.Namespace());
        _view.Put(Samples.Service());
    }

    [Fact]
    public void Plan_NoRoutes_IsEmpty() => Assert.Empty(Plan());

    [Fact]
    public void Plan_ManyMatches_AreInOrderOfPrecedence()
    {
        _view.Put(Route("a", rules:
        [
            Rule(Path("/")),
            Rule(Path("/a")),
            Rule(Path("/a", method: "get")),
            Rule(Path("/a", headers: [Header("One"), Header("Two")])),
            Rule(Path("/a", headers: Header("One"))),
            Rule(Path("/a/b/")),
            Rule(Path("/a/[0-9]+", "RegularExpression")),
            Rule(Path("/z", "Exact"), Path("/a/b", "Exact")),
        ]));
        Assert.Equal(
            ["= /a/b", "= /z", "~ /a/[0-9]+", "^ /a/b", "^ /a GET", "^ /a one two", "^ /a one", "^ /a", "any"],
            Plan().Select(route => Text(Assert.Single(route.Matches))));
    }

    [Fact]
    public void Plan_EqualMatches_OldestRouteThenName()
    {
        _view.Put(Route("young", rules: Rule()));
        _view.Put(Route("old-b", age: 5, rules: Rule()));
        _view.Put(Route("old-a", age: 5, rules: [Rule(), Rule()]));
        Assert.Equal(["old-a", "old-a", "old-b", "young"], Plan().Select(route => route.Name));
    }

    [Fact]
    public void Plan_Settings_OfTheRouteReplaceTheServicesGroupByGroup()
    {
        _view.Put(Samples.Service() with
        {
            Annotations = Samples.Map(
                ("retry.linkerd.io/http", "5xx"), ("retry.linkerd.io/limit", "3"), ("timeout.linkerd.io/request", "9s"), ("timeout.linkerd.io/idle", "1s")),
        });
        _view.Put(Route("none", rules: Rule(Path("/1"))));
        _view.Put(Route("retry", rules: Rule(Path("/2"))) with { Annotations = Samples.Map(("retry.linkerd.io/http", "503")) });
        _view.Put(Route("timeout", rules: Rule(Path("/3"))) with { Annotations = Samples.Map(("timeout.linkerd.io/response", "2s")) });
        var settings = Plan().OrderBy(route => route.Name, StringComparer.Ordinal).Select(route => route.Settings).ToList();
        Assert.Equal(Settings(3, 500, 9000, 0, 1000), settings[0]);
        Assert.Equal(Settings(1, 503, 9000, 0, 1000), settings[1]);
        Assert.Equal(Settings(3, 500, 0, 2000, 0), settings[2]);
    }

    [Fact]
    public void Plan_RulesTimeouts_CountWhereTheAnnotationsSayNothing()
    {
        var rule = Rule() with { RequestTimeout = "10s", BackendTimeout = "500ms" };
        _view.Put(Route(rules: rule));
        Assert.Equal((10_000u, 500u), Timeouts());
        _view.Put(Route(rules: rule) with { Annotations = Samples.Map(("timeout.linkerd.io/request", "1s")) });
        Assert.Equal((1000u, 500u), Timeouts());
        _view.Put(Route(rules: rule with { RequestTimeout = "0s" }));
        Assert.Equal((0u, 500u), Timeouts());

        (uint, uint) Timeouts() => Assert.Single(Plan()).Settings is var settings ? (settings.RequestTimeoutMs, settings.ResponseTimeoutMs) : default;
    }

    [Fact]
    public void Plan_NothingSaidAnywhere_StillReplacesTheSettings()
    {
        _view.Put(Route(rules: Rule()));
        Assert.Equal(new TrafficSettings(), Assert.Single(Plan()).Settings);
    }

    [Fact]
    public void Plan_RouteOfAnotherNamespace_SaysWhichClientsItIsFor()
    {
        _view.Put(Route("producer", rules: Rule()));
        _view.Put(Route("consumer", ns: "clients", rules: Rule()));
        Assert.Equal(["clients", "mc-demo"], Plan().Select(route => route.Namespace).Order());
    }

    [Fact]
    public void Plan_ParentsPort_IsTheOnlyOne()
    {
        _view.Put(Route(rules: Rule()) with { Parents = [Bb with { Port = 8080 }] });
        Assert.Single(Plan());
        _view.Put(Route(rules: Rule()) with { Parents = [Bb with { Port = 8081 }] });
        Assert.Empty(Plan());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("gateway.networking.k8s.io", "Gateway")]
    [InlineData("policy.linkerd.io", "Server")]
    [InlineData("other", "Service")]
    public void Plan_ParentIsNoService_IsNotOurs(string? group, string? kind)
    {
        _view.Put(Route(rules: Rule()) with { Parents = [Bb with { Group = group, Kind = kind }] });
        Assert.Empty(Plan());
    }

    [Fact]
    public void Plan_RuleThatCannotBeFollowed_IsLeftOutAndOthersAreNot()
    {
        _view.Put(Route(rules:
        [
            Rule(Path("/filters")) with { Filters = ["RequestRedirect"] },
            Rule(Path("/query") with { HasQueryParams = true }),
            Rule(Path("/other")) with { Backends = [new ObservedRouteBackend(null, null, null, "other", 8080, false)] },
            Rule(Path("/elsewhere")) with { Backends = [new ObservedRouteBackend("", "Service", "elsewhere", "bb", 8080, false)] },
            Rule(Path("/port")) with { Backends = [new ObservedRouteBackend("", "Service", null, "bb", 9, false)] },
            Rule(Path("/timeout")) with { RequestTimeout = "soon" },
            Rule(Path("no-slash")),
            Rule(Path("(", "RegularExpression")),
            Rule(Path("(a)\\1", "RegularExpression")),
            Rule(Path("/header", headers: Header("a", "(", "RegularExpression"))),
            Rule(Path("/itself")) with { Backends = [new ObservedRouteBackend(null, null, null, "bb", 8080, false)] },
        ]));
        Assert.Equal(["^ /itself"], Plan().Select(route => Text(route.Matches[0])));
        _view.Put(Route(rules: Rule()) with { Hostnames = ["bb.example"] });
        Assert.Empty(Plan());
    }

    [Theory]
    [InlineData(null, "pay.Ments", "Get", "= /pay.Ments/Get")]
    [InlineData("Exact", "pay.Ments", null, "^ /pay.Ments")]
    [InlineData("Exact", "", "Get", "~ /[^/]+/Get")]
    [InlineData("RegularExpression", "pay.*", "", "~ /(?:pay.*)/[^/]+")]
    [InlineData("RegularExpression", "a|b", "c|d", "~ /(?:a|b)/(?:c|d)")]
    [InlineData(null, null, null, "any")]
    public void Plan_GrpcMethod_IsAPath(string? type, string? service, string? method, string path)
    {
        var match = new ObservedRouteMatch(null, null, null, [], false, new ObservedGrpcMethod(type, service, method));
        _view.Put(Route(rules: Rule(match)) with { Kind = "GRPCRoute", Annotations = Samples.Map(("retry.linkerd.io/grpc", "internal")) });
        var route = Assert.Single(Plan());
        Assert.Equal((path, "grpcroute"), (Text(route.Matches[0]), route.Kind));
        Assert.Equal([13u], route.Settings.Retry.Grpc);
    }

    [Fact]
    public void Plan_SeveralConditionsOnOneHeader_OnlyTheFirstCounts()
    {
        _view.Put(Route(rules: Rule(Path("/", headers: [Header("X-A", "1"), Header("x-a", "2"), Header("b", "[0-9]", "RegularExpression")]))));
        Assert.Equal(
            [new HeaderMatch { Name = "x-a", Value = "1" }, new HeaderMatch { Name = "b", Value = "[0-9]", RegularExpression = true }],
            Assert.Single(Plan()).Matches[0].Headers);
    }

    private IEnumerable<Route> Plan() => DestinationPlanner.Plan(new SocketAddress { Ip = "10.110.0.7", Port = 8080 }, _view).Destination.Routes;

    private static TrafficSettings Settings(uint limit, uint status, uint request, uint response, uint idle) => new()
    {
        Retry = new RetryPolicy { Limit = limit, Http = { new StatusRange { First = status, Last = status == 500 ? 599 : status } } },
        RequestTimeoutMs = request,
        ResponseTimeoutMs = response,
        IdleTimeoutMs = idle,
    };

    private static string Text(RouteMatch match)
    {
        var path = match.Path is { } set ? $"{"=^~"[(int)set.Kind]} {set.Value}" : "any";
        return string.Join(' ', new[] { path, match.Method }.Concat(match.Headers.Select(header => header.Name)).Where(text => text.Length > 0));
    }
}
