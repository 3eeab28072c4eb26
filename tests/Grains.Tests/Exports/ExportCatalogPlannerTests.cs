using Mesh.Grains.Exports;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Tests.Exports;

public sealed class ExportCatalogPlannerTests
{
    private static readonly ClusterName East = ClusterName.Parse("east");

    [Fact]
    public void Plan_LabelledServices_AreListedInOrder()
    {
        var catalog = ExportCatalogPlanner.Plan(
            East, [Exported("zz"), Samples.Service("private"), Exported("aa")], Samples.ExportSelectors);
        Assert.Equal(["east/mc-demo/aa", "east/mc-demo/zz"], catalog.Entries.Select(entry => entry.Service.ToString()));
        Assert.All(catalog.Entries, entry => Assert.Equal((ExportMode.RemoteDiscovery, "7"), (entry.Mode, entry.ResourceVersion)));
    }

    [Fact]
    public void Plan_NoSelector_ExportsNothing()
    {
        Assert.Empty(ExportCatalogPlanner.Plan(East, [Exported("bb")], new ExportSelectors(null)).Entries);
        Assert.Empty(ExportCatalogPlanner.Plan(East, [Exported("bb")], new ExportSelectors(Samples.Selector())).Entries);
    }

    [Fact]
    public void Plan_MirrorOrExternalName_IsNotExported()
    {
        var mirror = Samples.Service("bb-target", (Samples.Exported, "remote-discovery"), ("mirror.linkerd.io/mirrored-service", "true"));
        var external = Exported("db") with { Type = "ExternalName" };
        Assert.Empty(ExportCatalogPlanner.Plan(East, [mirror, external], Samples.ExportSelectors).Entries);
    }

    [Fact]
    public void Version_SameContentInAnotherOrder_IsEqual() => Assert.Equal(
        ExportCatalogPlanner.Plan(East, [Exported("aa"), Exported("bb")], Samples.ExportSelectors).Version,
        ExportCatalogPlanner.Plan(East, [Exported("bb"), Exported("aa")], Samples.ExportSelectors).Version);

    [Fact]
    public void Version_OtherContentOrSelectors_Differs()
    {
        var versions = new[]
        {
            ExportCatalogPlanner.Plan(East, [], Samples.ExportSelectors).Version,
            ExportCatalogPlanner.Plan(East, [], new ExportSelectors(null)).Version,
            ExportCatalogPlanner.Plan(East, [Exported("bb")], Samples.ExportSelectors).Version,
            ExportCatalogPlanner.Plan(East, [Exported("bb") with { ResourceVersion = "8" }], Samples.ExportSelectors).Version,
        };
        Assert.Distinct(versions);
        Assert.DoesNotContain(0UL, versions);
    }

    [Fact]
    public void Describe_NotSelected_IsNull()
    {
        var key = new ServiceKey(East, "mc-demo", "bb");
        Assert.Null(ExportedServicePlanner.Plan(key, null, Samples.ExportSelectors, "cluster.local"));
        Assert.Null(ExportedServicePlanner.Plan(key, Samples.Service(), Samples.ExportSelectors, "cluster.local"));
        Assert.Equal(8080, ExportedServicePlanner.Plan(key, Exported("bb"), Samples.ExportSelectors, "cluster.local")!.Ports[0].Port);
    }

    private static Grains.Observed.ObservedService Exported(string name) => Samples.Service(name, (Samples.Exported, "remote-discovery"));
}
