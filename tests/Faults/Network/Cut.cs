using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Network;

/// <summary>The path between the clusters is cut for a minute: packets vanish, in both directions.</summary>
internal sealed class Cut : Fault
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(10);

    public override string Name => "cut-60s";

    public override string Promise => "path between the clusters cut: within 10 s a quick 503 with its reason; each side goes on; well 10 s after";

    public override async Task InjectAsync(FaultStage stage) =>
        await stage.Clusters.RunAsync($"mesh sandbox cut east west {stage.Clusters.SandboxOptions}", null, stage.Cancellation);

    public override async Task EndureAsync(FaultStage stage)
    {
        var end = stage.Traffic.Elapsed + stage.Duration(60);
        foreach (var cluster in FaultClusters.Names)
        {
            await LinkReports.ExpectSuspectAsync(stage, cluster, FaultClusters.Other(cluster), Notice);
            await Changes.ExpectLocalAsync(stage, cluster, Notice);
        }
        if (end > stage.Traffic.Elapsed)
        {
            await stage.WaitAsync(end - stage.Traffic.Elapsed);
        }
    }

    public override async Task HealAsync(FaultStage stage) =>
        await stage.Clusters.RunAsync($"mesh sandbox heal {stage.Clusters.SandboxOptions}", null, stage.Cancellation);

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
