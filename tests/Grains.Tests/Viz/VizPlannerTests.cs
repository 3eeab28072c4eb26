using Google.Protobuf;
using Mesh.Grains.Tests.Fakes;
using Mesh.Grains.Viz;
using Mesh.Interfaces.NodeSession;
using Mesh.Interfaces.Traffic;

namespace Mesh.Grains.Tests.Viz;

/// <summary>The tables of the guide.</summary>
public sealed class VizPlannerTests
{
    private static readonly VizQuery Deployments = new("mc-demo", "deployment", "");

    private readonly FakeClusterView _east = new("east");

    public VizPlannerTests()
    {
        _east.Put(Samples.Namespace());
        _east.Put(Samples.Pod());
    }

    [Fact]
    public void Stat_GuideTraffic_IsTheGuidesRow()
    {
        var row = Assert.Single(Stat(Series(success: 618, open: 3)));
        Assert.Equal(("mc-demo", "deployment", "bb", "1/1"), (row.Namespace, row.Kind, row.Name, row.Meshed));
        Assert.Equal((1.0, 10.3, 3L), (row.Success, row.Rps, row.TcpOpenConnections));
        Assert.InRange(row.LatencyP50!.Value, 0.75, 1);
    }

    [Fact]
    public void Stat_NoTraffic_IsARowWithoutNumbers()
    {
        var row = Assert.Single(Stat());
        Assert.Equal(("1/1", null, null, null), (row.Meshed, row.Success, row.Rps, row.TcpOpenConnections));
    }

    [Fact]
    public void Stat_OpaqueTraffic_HasBytesButNoRate()
    {
        var series = Series();
        series.ReadBytes = 6000;
        var row = Assert.Single(Stat(series));
        Assert.Equal((null, 100.0), (row.Rps, row.TcpReadBytesRate));
    }

    [Fact]
    public void Stat_MixedPods_CountsMeshedOfRunning()
    {
        _east.Put(Samples.Pod("bb-2", "10.10.1.6") with { Annotations = Samples.Map() });
        _east.Put(Samples.Pod("bb-3", "10.10.1.7") with { Phase = "Pending" });
        _east.Put(Samples.Pod("bb-4", "10.10.1.8") with { Terminating = true });
        _east.Put(Samples.Pod("plain-1", "10.10.1.9") with { OwnerName = "plain", Annotations = Samples.Map() });
        Assert.Equal([("bb", "1/2")], Stat().Select(row => (row.Name, row.Meshed)));
    }

    [Fact]
    public void Stat_OutboundAndOtherKinds_AreNotCounted()
    {
        var outbound = Series(success: 60);
        outbound.Direction = TrafficSeries.Types.Direction.Outbound;
        Assert.Null(Assert.Single(Stat(outbound)).Rps);
        Assert.Empty(VizStatPlanner.Plan(new VizQuery("mc-demo", "statefulset", ""), _east, Summaries(Series(success: 60))));
    }

    [Theory]
    [InlineData("pod", "bb-1")]
    [InlineData("namespace", "mc-demo")]
    [InlineData("deployment", "bb")]
    public void Stat_Kind_NamesTheRow(string kind, string name)
    {
        var row = Assert.Single(VizStatPlanner.Plan(new VizQuery("", kind, name), _east, Summaries(Series(success: 60))));
        Assert.Equal((name, 1.0), (row.Name, row.Rps));
        Assert.Empty(VizStatPlanner.Plan(new VizQuery("", kind, "other"), _east, Summaries(Series(success: 60))));
    }

    [Fact]
    public void Authz_GuideWithEvil_IsTheGuidesTable()
    {
        PutGuidePolicy();
        var denied = Series(denied: 600, server: ("server", "bb"));
        var allowed = Series(success: 600, server: ("server", "bb"), authorization: ("authorizationpolicy", "bb-authz"));
        var other = Series(success: 6, server: ("default", "all-unauthenticated"), authorization: ("default", "all-unauthenticated"));
        var probe = Series(success: 12, server: ("default", "all-unauthenticated"), authorization: ("default", "probe"), route: "probe");
        var rows = Authz(other, allowed, probe, denied);
        Assert.Equal(
            [
                ("default", "bb", "", 10.0, 0.0, 0.0),
                ("default", "bb", "authorizationpolicy/bb-authz", 0.0, 1.0, 10.0),
                ("default", "default:all-unauthenticated", "default/all-unauthenticated", 0.0, 1.0, 0.1),
                ("probe", "default:all-unauthenticated", "default/probe", 0.0, 1.0, 0.2),
            ],
            rows.Select(row => (row.Route, row.Server, row.Authorization, row.Unauthorized, row.Success, row.Rps)));
        Assert.Equal(0, rows[0].LatencyP99);
        Assert.InRange(rows[1].LatencyP99, 0.75, 1);
    }

    [Fact]
    public void Authz_NoTraffic_ShowsPoliciesOnly()
    {
        PutGuidePolicy();
        Assert.Equal(["authorizationpolicy/bb-authz"], Authz().Select(row => row.Authorization));
    }

    [Fact]
    public void Authz_IdleDefaultAndDeniedSeries_AreHidden() =>
        Assert.Empty(Authz(
            Series(open: 1, server: ("default", "all-unauthenticated"), authorization: ("default", "all-unauthenticated")),
            Series(open: 1, server: ("server", "bb"))));

    [Fact]
    public void Authz_SeveralPeers_AreOneRow()
    {
        var one = Series(success: 60, server: ("server", "bb"), authorization: ("authorizationpolicy", "bb-authz"));
        var two = one.Clone();
        two.PeerIdentity = "other";
        Assert.Equal(2.0, Assert.Single(Authz(one, two)).Rps);
    }

    private IReadOnlyList<Interfaces.Viz.VizStatRow> Stat(params TrafficSeries[] series) => VizStatPlanner.Plan(Deployments, _east, Summaries(series));

    private IReadOnlyList<Interfaces.Viz.VizAuthzRow> Authz(params TrafficSeries[] series) => VizAuthzPlanner.Plan(Deployments, _east, Summaries(series));

    private void PutGuidePolicy()
    {
        _east.Put(Samples.Server());
        _east.Put(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "bb-good")));
        _east.Put(Samples.MeshTls(identities: "slow-cooker.mc-demo.serviceaccount.identity.linkerd.cluster.local"));
    }

    private static Dictionary<string, TrafficSummary> Summaries(params TrafficSeries[] series) =>
        new() { ["mc-demo"] = new TrafficSummary(60, [.. series.Select(one => one.ToByteArray())]) };

    private static TrafficSeries Series(
        ulong success = 0, ulong denied = 0, ulong open = 0, (string Kind, string Name) server = default,
        (string Kind, string Name) authorization = default, string route = "default")
    {
        var series = new TrafficSeries
        {
            Namespace = "mc-demo",
            Pod = "bb-1",
            OwnerKind = "deployment",
            OwnerName = "bb",
            Route = route,
            ServerKind = server.Kind ?? "",
            ServerName = server.Name ?? "",
            AuthorizationKind = authorization.Kind ?? "",
            AuthorizationName = authorization.Name ?? "",
            Success = success,
            Denied = denied,
            ConnectionsOpen = open,
        };
        series.LatencyCounts.Add([0, 0, 0, success]);
        return series;
    }
}
