using System.Net;
using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Node;

namespace Mesh.Sandbox.Tests.Node;

public class PodStatusBuilderTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ContainerView Waiting = new() { Spec = new Container { Name = "c", Image = "i" } };
    private static readonly ContainerView Running = Waiting with { WaitingReason = null, RunningSince = Now, Started = true, Ready = true, ContainerId = "id" };
    private static readonly ContainerEnd Crash = ContainerEnd.Of(137, Now, Now, "id");

    [Fact]
    public void Build_Running_IsReadyWithAddress()
    {
        var status = Build([Running]);

        Assert.Equal("Running", status.Phase);
        Assert.Equal("10.10.1.2", status.PodIP);
        Assert.Equal("True", ConditionOf(status, "Ready"));
        Assert.Equal("True", ConditionOf(status, "ContainersReady"));
        Assert.NotNull(status.ContainerStatuses[0].State!.Running);
    }

    [Fact]
    public void Build_NotStartedYet_IsPendingAndNotReady()
    {
        var status = Build([Waiting]);

        Assert.Equal("Pending", status.Phase);
        Assert.Equal("False", ConditionOf(status, "Ready"));
        Assert.Equal("ContainerCreating", status.ContainerStatuses[0].State!.Waiting!.Reason);
    }

    [Fact]
    public void Build_CrashLoop_StaysRunningAndNotReady()
    {
        var status = Build([Waiting with { WaitingReason = "CrashLoopBackOff", RestartCount = 2, Last = Crash }]);

        Assert.Equal("Running", status.Phase);
        Assert.Equal("False", ConditionOf(status, "Ready"));
        Assert.Equal(137, status.ContainerStatuses[0].LastState!.Terminated!.ExitCode);
        Assert.Equal(9, status.ContainerStatuses[0].LastState!.Terminated!.Signal);
    }

    [Theory]
    [InlineData(0, "Succeeded")]
    [InlineData(1, "Failed")]
    public void Build_AllFinished_PhaseFollowsTheExitCodes(int code, string phase) => Assert.Equal(
        phase, Build([Running with { RunningSince = null, Ready = false, IsFinished = true, Ended = ContainerEnd.Of(code, Now, Now, "id") }]).Phase);

    [Fact]
    public void Build_InitContainerRunning_IsPendingAndNotInitialized()
    {
        var status = Build([Waiting], [Running]);

        Assert.Equal("Pending", status.Phase);
        Assert.Equal("False", ConditionOf(status, "Initialized"));
    }

    [Fact]
    public void Build_ConditionUnchanged_KeepsItsTime()
    {
        var first = Build([Running]);
        var second = PodStatusBuilder.Build(new Pod(), [IPAddress.Loopback], "n", [], [Running], first, Now.AddSeconds(5));
        var third = PodStatusBuilder.Build(new Pod(), [IPAddress.Loopback], "n", [], [Running with { Ready = false }], second, Now.AddSeconds(9));

        Assert.Equal(Now, second.Conditions.Single(c => c.Type == "Ready").LastTransitionTime);
        Assert.Equal(Now.AddSeconds(9), third.Conditions.Single(c => c.Type == "Ready").LastTransitionTime);
        Assert.Equal(Now, third.Conditions.Single(c => c.Type == "Initialized").LastTransitionTime);
    }

    [Fact]
    public void Build_ReadinessGateNotTrue_IsNotReady()
    {
        var pod = new Pod { Spec = new PodSpec { ReadinessGates = [new PodReadinessGate { ConditionType = "x/y" }] } };

        var status = PodStatusBuilder.Build(pod, [IPAddress.Loopback], "n", [], [Running], new PodStatus(), Now);

        Assert.Equal("False", ConditionOf(status, "Ready"));
        Assert.Equal("True", ConditionOf(status, "ContainersReady"));
    }

    private static PodStatus Build(ContainerView[] containers, ContainerView[]? init = null) =>
        PodStatusBuilder.Build(new Pod(), [IPAddress.Parse("10.10.1.2")], "10.99.1.11", init ?? [], containers, new PodStatus(), Now);

    private static string ConditionOf(PodStatus status, string type) => status.Conditions.Single(c => c.Type == type).Status;
}
