using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Ports;
using Mesh.Grains.Tests.Fakes;

namespace Mesh.Grains.Tests.Policies;

public sealed class PolicyStatusPlannerTests
{
    private readonly FakeClusterView _east = new("east");

    [Fact]
    public void Plan_GuidePolicy_IsAccepted()
    {
        _east.Put(Samples.Server());
        _east.Put(Samples.Policy(required: Samples.PolicyRef("MeshTLSAuthentication", "bb-good")));
        _east.Put(Samples.MeshTls(identities: "*"));
        var writes = PolicyStatusPlanner.Plan("mc-demo", _east, Samples.Epoch);
        Assert.Equal(["Server", "AuthorizationPolicy", "MeshTLSAuthentication"], writes.Select(write => write.Object.Kind));
        Assert.All(writes.SelectMany(write => write.Conditions), condition => Assert.Equal("True", condition.Status));
        Assert.Equal(["Accepted", "ResolvedRefs"], writes[1].Conditions.Select(condition => condition.Type));
    }

    [Fact]
    public void Plan_DanglingPolicy_IsAcceptedButNotResolved()
    {
        _east.Put(Samples.Policy() with { TargetRef = Samples.PolicyRef("Server", "absent") });
        var write = Assert.Single(PolicyStatusPlanner.Plan("mc-demo", _east, Samples.Epoch));
        Assert.Equal([("True", "Accepted"), ("False", "NoMatchingTarget")], write.Conditions.Select(condition => (condition.Status, condition.Reason)));
    }

    [Fact]
    public void Plan_StatusIsRight_NothingIsWritten()
    {
        _east.Put(Samples.Server());
        Show();
        Assert.Empty(PolicyStatusPlanner.Plan("mc-demo", _east, Samples.Epoch.AddHours(1)));
    }

    [Fact]
    public void Plan_NewGeneration_IsWrittenWithOldTransitionTime()
    {
        _east.Put(Samples.Server());
        Show();
        var server = _east.Servers("mc-demo").Single();
        _east.Put(server with { Metadata = server.Metadata with { Generation = 2 } });
        var condition = PolicyStatusPlanner.Plan("mc-demo", _east, Samples.Epoch.AddHours(1))[0].Conditions[0];
        Assert.Equal((2, Samples.Epoch), (condition.ObservedGeneration, condition.LastTransitionTime));
    }

    private void Show()
    {
        foreach (var (_, conditions) in PolicyStatusPlanner.Plan("mc-demo", _east, Samples.Epoch))
        {
            var server = _east.Servers("mc-demo").Single();
            _east.Put(server with { Metadata = server.Metadata with { Conditions = conditions } });
        }
    }
}
