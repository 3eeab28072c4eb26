using System.Collections.Immutable;
using Mesh.Grains.Links;
using Mesh.Grains.Observed;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Exports;

namespace Mesh.Grains.Tests.Links;

public sealed class MirrorPlannerTests
{
    private readonly FakeClusterView _west = new();

    public MirrorPlannerTests() => _west.Put(Samples.Namespace());

    [Fact]
    public void Plan_ExportedService_IsMirroredAsTheGuideShows()
    {
        var plan = Plan(Samples.ExportedService());
        var mirror = Assert.Single(plan.Applies);
        Assert.Equal(("mc-demo", "bb-target", null), (mirror.Namespace, mirror.Name, mirror.ReplacesUid));
        Assert.Equal(
            Samples.Map(
                ("mirror.linkerd.io/mirrored-service", "true"),
                ("mirror.linkerd.io/cluster-name", "target"),
                ("multicluster.linkerd.io/remote-discovery", "target"),
                ("multicluster.linkerd.io/remote-service", "bb")),
            mirror.Labels);
        Assert.Equal(
            Samples.Map(
                ("mirror.linkerd.io/remote-svc-fq-name", "bb.mc-demo.svc.cluster.local"),
                ("mirror.linkerd.io/remote-resource-version", "7")),
            mirror.Annotations);
        Assert.Equal([new ServicePortSpec("http", 8080, "TCP", "8080")], mirror.Ports);
        Assert.Equal(("Mirrored", true, "bb-target"), (plan.Mirrors[0].Reason, plan.Mirrors[0].Mirrored, plan.Mirrors[0].LocalName));
        Assert.Empty(plan.EndpointsToDelete);
        Assert.Empty(plan.Events);
    }

    [Fact]
    public void Plan_RemoteMetadata_IsCopiedExceptWhatIsExcluded()
    {
        var link = Samples.Link() with
        {
            ExcludedLabels = ["secret", "argocd.argoproj.io/*"],
            ExcludedAnnotations = ["config.linkerd.io/*", "note"],
            TargetClusterDomain = "east.example",
        };
        var remote = Samples.ExportedService(labels:
        [
            ("app", "bb"), ("secret", "x"), ("argocd.argoproj.io/instance", "x"), ("argocd.argoproj.io.example/kept", "y"),
            ("mirror.linkerd.io/anything", "x"), ("multicluster.linkerd.io/remote-service", "forged"),
        ]) with
        {
            Annotations = Samples.Map(
                ("note", "x"), ("note2", "kept"), ("config.linkerd.io/opaque-ports", "8080"), ("config.linkerd.io/other", "x"),
                ("service.kubernetes.io/topology-mode", "Auto"), ("service.kubernetes.io/topology-aware-hints", "auto"),
                ("balancer.linkerd.io/failure-accrual", "consecutive")),
        };
        var mirror = Assert.Single(Plan(link, remote).Applies);
        Assert.Equal(
            ["app", "argocd.argoproj.io.example/kept", "mirror.linkerd.io/cluster-name", "mirror.linkerd.io/mirrored-service",
                "multicluster.linkerd.io/remote-discovery", "multicluster.linkerd.io/remote-service"],
            mirror.Labels.Keys);
        Assert.Equal("bb", mirror.Labels["multicluster.linkerd.io/remote-service"]);
        Assert.Equal(
            ["balancer.linkerd.io/failure-accrual", "config.linkerd.io/opaque-ports", "mirror.linkerd.io/remote-resource-version",
                "mirror.linkerd.io/remote-svc-fq-name", "note2"],
            mirror.Annotations.Keys);
        Assert.Equal("bb.mc-demo.svc.east.example", mirror.Annotations["mirror.linkerd.io/remote-svc-fq-name"]);
    }

    [Fact]
    public void Plan_Ports_LoseAppProtocolAndGetDefaults()
    {
        var remote = Samples.ExportedService() with
        {
            Ports = [new ServicePortSpec("http", 80, "TCP", "web", "kubernetes.io/h2c"), new ServicePortSpec("dns", 53, "UDP", ""), new ServicePortSpec("", 9, "", "0")],
        };
        Assert.Equal(
            [new ServicePortSpec("http", 80, "TCP", "web"), new ServicePortSpec("dns", 53, "UDP", "53"), new ServicePortSpec("", 9, "TCP", "9")],
            Plan(remote).Applies[0].Ports);
    }

    [Fact]
    public void Plan_MirrorThatIsRight_IsNotWritten()
    {
        Show(Plan(Samples.ExportedService()));
        var again = Plan(Samples.ExportedService());
        Assert.Empty(again.Applies);
        Assert.Empty(again.Deletes);
        Assert.True(again.Mirrors[0].Mirrored);
    }

    [Fact]
    public void Plan_RemoteChanged_MirrorIsReplaced()
    {
        Show(Plan(Samples.ExportedService()));
        var changed = Assert.Single(Plan(Samples.ExportedService() with { ResourceVersion = "8" }).Applies);
        Assert.Equal("mirror-uid", changed.ReplacesUid);
    }

    [Fact]
    public void Plan_ExporterChangesAnnotation_ReachesTheClientsDestination()
    {
        Apply(Samples.ExportedService() with { Annotations = Samples.Map(("timeout.linkerd.io/request", "1s"), ("retry.linkerd.io/http", "5xx")) });
        Apply(Samples.ExportedService() with { Annotations = Samples.Map(("timeout.linkerd.io/request", "3s")), TrafficDistribution = "PreferClose" });
        var address = new Mesh.Interfaces.NodeSession.SocketAddress { Ip = "10.120.0.9", Port = 8080 };
        var destination = Mesh.Grains.Nodes.DestinationPlanner.Plan(address, _west).Destination;
        Assert.Equal((3000u, null), (destination.Settings.RequestTimeoutMs, destination.Settings.Retry));
        Assert.Equal(Mesh.Interfaces.NodeSession.TrafficDistribution.PreferSameZone, destination.TrafficDistribution);
    }

    [Theory]
    [InlineData("IPv4", "IPv4", "IPv4", false)]
    [InlineData("IPv6", "IPv4", "", false)]
    [InlineData("IPv6", "IPv4,IPv6", "IPv6", false)]
    [InlineData("IPv4,IPv6", "IPv4", "", true)]
    [InlineData("IPv6,IPv4", "IPv4,IPv6", "IPv6,IPv4", true)]
    [InlineData("", "IPv4,IPv6", "", false)]
    public void Plan_Families_AreTheTargetsWhereTheClusterHasThem(string target, string local, string families, bool dualStack)
    {
        _west.Put(Samples.Service("kubernetes") with
        {
            ClusterIps = [.. local.Split(',').Select(family => family == "IPv6" ? "fd00:1::1" : "10.120.0.1")],
        });
        var mirror = Assert.Single(Plan(Samples.ExportedService() with { IpFamilies = [.. target.Split(',').Where(family => family.Length > 0)] }).Applies);
        Assert.Equal((families, dualStack), (string.Join(',', mirror.IpFamilies), mirror.DualStack));
    }

    [Fact]
    public void Plan_TargetBecomesDualStack_ExistingMirrorDoesOnce()
    {
        var remote = Samples.ExportedService() with { IpFamilies = ["IPv4", "IPv6"] };
        Apply(remote);
        Assert.Empty(Plan(remote).Applies);
        _west.Put(_west.Service("mc-demo", "bb-target")! with { IpFamilyPolicy = "SingleStack" });
        Assert.True(Assert.Single(Plan(remote).Applies).DualStack);
        _west.Put(_west.Service("mc-demo", "bb-target")! with { IpFamilyPolicy = "PreferDualStack" });
        Assert.Empty(Plan(remote).Applies);
    }

    [Fact]
    public void Plan_NotExportedAnyMore_MirrorIsDeleted()
    {
        Show(Plan(Samples.ExportedService()));
        Assert.Equal(["bb-target"], Plan().Deletes.Select(mirror => mirror.Name));
    }

    [Fact]
    public void Plan_ExportedButNotDescribed_MirrorStays()
    {
        Show(Plan(Samples.ExportedService()));
        var plan = MirrorPlanner.Plan(
            Samples.Link(), [Samples.ExportedService().Key], ImmutableDictionary<Interfaces.Keys.ServiceKey, ExportedService>.Empty, _west);
        Assert.Empty(plan.Deletes);
        Assert.Empty(plan.Applies);
    }

    [Fact]
    public void Plan_MirrorsOfOthers_AreLeftAlone()
    {
        _west.Put(Mirror("gateway-target", ("mirror.linkerd.io/mirrored-service", "true"), ("mirror.linkerd.io/cluster-name", "target")));
        _west.Put(Mirror(
            "bb-north", ("mirror.linkerd.io/mirrored-service", "true"), ("mirror.linkerd.io/cluster-name", "north"),
            ("multicluster.linkerd.io/remote-discovery", "north")));
        _west.Put(Samples.Service("web-target"));
        Assert.Empty(Plan().Deletes);
    }

    [Fact]
    public void Plan_NameOver63Characters_IsInvalidService()
    {
        var name = new string('a', 57);
        Assert.Equal("InvalidService", Plan(Samples.ExportedService(name)).Mirrors[0].Reason);
        Assert.Empty(Plan(Samples.ExportedService(name)).Applies);
        Assert.Contains("64 characters", Plan(Samples.ExportedService(name)).Mirrors[0].Message, StringComparison.Ordinal);
        Assert.Single(Plan(Samples.ExportedService(name[1..])).Applies);
    }

    [Fact]
    public void Plan_NoPorts_IsSkippedWithEvent()
    {
        var plan = Plan(Samples.ExportedService() with { Ports = [] });
        Assert.Empty(plan.Applies);
        Assert.Equal("InvalidService", plan.Mirrors[0].Reason);
        var skipped = Assert.Single(plan.Events);
        Assert.Equal(("ServiceMirroringSkipped", "Link", "target"), (skipped.Reason, skipped.Kind, skipped.Name));
        Assert.Equal("linkerd-service-mirror-target", skipped.Component);
        Assert.Contains("object spec has no exposed ports", skipped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_NamespaceMissing_IsSkippedWithEventUntilItAppears()
    {
        var remote = Samples.ExportedService(ns: "elsewhere");
        var plan = Plan(remote);
        Assert.Empty(plan.Applies);
        Assert.Equal("MissingNamespace", plan.Mirrors[0].Reason);
        Assert.Equal("ServiceMirroringSkipped", Assert.Single(plan.Events).Reason);

        _west.Put(Samples.Namespace("elsewhere") with { Terminating = true });
        Assert.Equal("MissingNamespace", Plan(remote).Mirrors[0].Reason);

        _west.Put(Samples.Namespace("elsewhere"));
        Assert.Single(Plan(remote).Applies);
    }

    [Fact]
    public void Plan_ServiceOfThatNameExists_IsNeverTouched()
    {
        _west.Put(Samples.Service("bb-target"));
        var plan = Plan(Samples.ExportedService());
        Assert.Empty(plan.Applies);
        Assert.Empty(plan.Deletes);
        Assert.Equal(("Error", false), (plan.Mirrors[0].Reason, plan.Mirrors[0].Mirrored));
    }

    [Fact]
    public void Plan_MirrorOfAnotherCluster_IsNeverTouched()
    {
        _west.Put(Mirror("bb-target", ("mirror.linkerd.io/mirrored-service", "true"), ("mirror.linkerd.io/cluster-name", "other")));
        Assert.Equal("Error", Plan(Samples.ExportedService()).Mirrors[0].Reason);
    }

    [Fact]
    public void Plan_GatewayMirror_IsTakenOverAndLosesItsEndpoints()
    {
        _west.Put(Mirror("bb-target", ("mirror.linkerd.io/mirrored-service", "true"), ("mirror.linkerd.io/cluster-name", "target")));
        var plan = Plan(Samples.ExportedService());
        Assert.Equal("svc-bb-target", Assert.Single(plan.Applies).ReplacesUid);
        Assert.Equal("bb-target", Assert.Single(plan.EndpointsToDelete).Name);
    }

    [Fact]
    public void Plan_Headless_IsMirroredAsClusterIp() => Assert.Single(Plan(Samples.ExportedService() with { Headless = true }).Applies);

    [Fact]
    public void Orphans_LinkGone_AreItsMirrors()
    {
        Show(Plan(Samples.ExportedService()));
        Assert.Equal(["bb-target"], MirrorPlanner.Orphans(_west).Select(mirror => mirror.Name));
        _west.Put(Samples.Link());
        Assert.Empty(MirrorPlanner.Orphans(_west));
    }

    private MirrorPlan Plan(params ExportedService[] exported) => Plan(Samples.Link(), exported);

    private MirrorPlan Plan(ObservedLink link, params ExportedService[] exported) => MirrorPlanner.Plan(
        link, [.. exported.Select(service => service.Key)], exported.ToDictionary(service => service.Key), _west);

    private void Apply(ExportedService remote) => Show(Plan(remote));

    private void Show(MirrorPlan plan)
    {
        foreach (var spec in plan.Applies)
        {
            _west.Put(new ObservedService(
                spec.Namespace, spec.Name, "mirror-uid", "1", spec.Labels, spec.Annotations, "ClusterIP", ["10.120.0.9"], false, spec.Ports));
        }
    }

    private static ObservedService Mirror(string name, params (string, string)[] labels) => Samples.Service(name, labels);
}
