using Mesh.Grains.Links;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Tests.Links;

public sealed class LinkStatusPlannerTests
{
    private static readonly MirrorStatus Mirrored = new(Samples.ExportedService().Key, "bb-target", true, "Mirrored", "");

    [Fact]
    public void Plan_Mirrored_IsLinkerdsCondition()
    {
        var entry = Assert.Single(LinkStatusPlanner.Plan(Samples.Link(), [Mirrored], Samples.Epoch));
        Assert.Equal(("linkerd.io/service-mirror", "mc-demo", "bb"), (entry.ControllerName, entry.RemoteNamespace, entry.RemoteName));
        Assert.Equal(("mc-demo", "bb-target"), (entry.LocalNamespace, entry.LocalName));
        var condition = Assert.Single(entry.Conditions);
        Assert.Equal(("Mirrored", "True", "Mirrored"), (condition.Type, condition.Status, condition.Reason));
    }

    [Fact]
    public void Plan_SameAgain_KeepsTransitionTimeAndDoesNotDiffer()
    {
        var link = Samples.Link();
        Assert.True(LinkStatusPlanner.Differs(link, LinkStatusPlanner.Plan(link, [Mirrored], Samples.Epoch)));
        link = link with { MirrorServices = LinkStatusPlanner.Plan(link, [Mirrored], Samples.Epoch) };
        var later = LinkStatusPlanner.Plan(link, [Mirrored], Samples.Epoch.AddHours(1));
        Assert.False(LinkStatusPlanner.Differs(link, later));
        Assert.Equal(Samples.Epoch, later[0].Conditions[0].LastTransitionTime);
    }

    [Fact]
    public void Plan_StatusChanged_GetsNewTransitionTime()
    {
        var link = Samples.Link();
        link = link with { MirrorServices = LinkStatusPlanner.Plan(link, [Mirrored], Samples.Epoch) };
        var failed = LinkStatusPlanner.Plan(
            link, [Mirrored with { Mirrored = false, Reason = "Error", Message = "x" }], Samples.Epoch.AddHours(1));
        Assert.True(LinkStatusPlanner.Differs(link, failed));
        Assert.Equal(Samples.Epoch.AddHours(1), failed[0].Conditions[0].LastTransitionTime);
    }
}
