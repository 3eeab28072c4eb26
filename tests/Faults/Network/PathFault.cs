using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Network;

/// <summary>The path between the clusters does not let enough through: each works on alone, and says what it knows of the other.</summary>
/// <param name="command">What <c>mesh sandbox</c> is told.</param>
/// <param name="seconds">How long it lasts.</param>
internal abstract class PathFault(string command, double seconds) : Fault
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(10);

    public override async Task InjectAsync(FaultStage stage) =>
        await stage.Clusters.RunAsync($"mesh sandbox {command} {stage.Clusters.SandboxOptions}", null, stage.Cancellation);

    public override async Task EndureAsync(FaultStage stage)
    {
        var end = stage.Traffic.Elapsed + stage.Duration(seconds);
        foreach (var cluster in FaultClusters.Names)
        {
            await LinkReports.ExpectSuspectAsync(stage, cluster, FaultClusters.Other(cluster), Notice);
            await Changes.ExpectLocalAsync(stage, cluster, Notice);
        }
        await stage.WaitUntilAsync(end);
    }

    public override Task HealAsync(FaultStage stage) => CleanUpAsync(stage);

    public override async Task RecoverAsync(FaultStage stage)
    {
        foreach (var cluster in FaultClusters.Names)
        {
            await LinkReports.ExpectConnectedAsync(stage, cluster, FaultClusters.Other(cluster), RecoverWithin);
            await Changes.ExpectAcrossAsync(stage, cluster, RecoverWithin);
        }
    }

    public override Task CleanUpAsync(FaultStage stage) =>
        stage.Clusters.RunAsync($"mesh sandbox heal {stage.Clusters.SandboxOptions}", null, CancellationToken.None);

    public override string? Judge(RequestRecord request, FaultTimes times) => Unreachable.Judge(request, times, Notice, RecoverWithin);
}
