using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.Network;

/// <summary>Three of ten packets between the clusters are lost.</summary>
internal sealed class Loss : PoorPath
{
    public override string Name => "loss-30";

    public override string Promise => "30 % of the packets between the clusters lost: nearly all requests answered, none hangs, none local fails";

    protected override double LeastAnsweredPercent => 80;

    public override Task InjectAsync(FaultStage stage) =>
        stage.Clusters.RunAsync($"mesh sandbox loss east west 30 {stage.Clusters.SandboxOptions}", null, stage.Cancellation);

    public override async Task EndureAsync(FaultStage stage)
    {
        var since = stage.Traffic.Elapsed;
        foreach (var cluster in FaultClusters.Names)
        {
            await Changes.ExpectLocalAsync(stage, cluster, TimeSpan.FromSeconds(10));
        }
        await stage.WaitUntilAsync(since + stage.Duration(30));
        ExpectAnswered(stage, since);
    }

    public override Task HealAsync(FaultStage stage) => CleanUpAsync(stage);
}
