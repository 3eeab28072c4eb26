using Mesh.Grains.Links;
using Mesh.Grains.Tests.Fakes;
using Mesh.Interfaces.Links;

namespace Mesh.Grains.Tests.Links;

public sealed class LinkConditionPlannerTests
{
    [Theory]
    [InlineData(LinkState.Connected, "True", "Followed")]
    [InlineData(LinkState.Suspect, "False", "TargetClusterSuspect")]
    [InlineData(LinkState.UnknownCluster, "Unknown", "TargetClusterUnknown")]
    [InlineData(LinkState.Invalid, "False", "LinkInvalid")]
    public void Plan_State_IsTheConditionConnected(LinkState state, string status, string reason)
    {
        var condition = LinkConditionPlanner.Plan(Samples.Link(), state, "why", Samples.Epoch);
        Assert.Equal(("Connected", status, reason, "why"), (condition.Type, condition.Status, condition.Reason, condition.Message));
        Assert.Equal(Samples.Link().Generation, condition.ObservedGeneration);
    }

    [Fact]
    public void Plan_SameAgain_KeepsTransitionTimeAndDoesNotDiffer()
    {
        var link = Samples.Link();
        var first = LinkConditionPlanner.Plan(link, LinkState.Suspect, "why", Samples.Epoch);
        Assert.True(LinkConditionPlanner.Differs(link, first));
        link = link with { Conditions = [first] };
        var later = LinkConditionPlanner.Plan(link, LinkState.Suspect, "why", Samples.Epoch.AddHours(1));
        Assert.False(LinkConditionPlanner.Differs(link, later));
        Assert.Equal(Samples.Epoch, later.LastTransitionTime);
    }

    [Fact]
    public void Plan_StateChanged_GetsNewTransitionTime()
    {
        var link = Samples.Link();
        link = link with { Conditions = [LinkConditionPlanner.Plan(link, LinkState.Suspect, "why", Samples.Epoch)] };
        var well = LinkConditionPlanner.Plan(link, LinkState.Connected, "", Samples.Epoch.AddHours(1));
        Assert.True(LinkConditionPlanner.Differs(link, well));
        Assert.Equal(Samples.Epoch.AddHours(1), well.LastTransitionTime);
    }
}
