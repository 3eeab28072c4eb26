using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.Network;

/// <summary>The path between the clusters comes and goes every three seconds.</summary>
internal sealed class Flapping : PoorPath
{
    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(3);

    public override string Name => "flapping-3s";

    public override string Promise => "path between the clusters cut and healed every 3 s: none hangs, none local fails, well 10 s after";

    /// <summary>Half of the time there is no path.</summary>
    protected override double LeastAnsweredPercent => 30;

    public override async Task InjectAsync(FaultStage stage)
    {
        var since = stage.Traffic.Elapsed;
        var end = since + stage.Duration(30);
        while (stage.Traffic.Elapsed < end)
        {
            await stage.Clusters.RunAsync($"mesh sandbox cut east west {stage.Clusters.SandboxOptions}", null, stage.Cancellation);
            await stage.WaitAsync(Phase);
            await stage.Clusters.RunAsync($"mesh sandbox heal {stage.Clusters.SandboxOptions}", null, stage.Cancellation);
            await stage.WaitAsync(Phase);
        }
        ExpectAnswered(stage, since);
        foreach (var cluster in FaultClusters.Names)
        {
            await Changes.ExpectLocalAsync(stage, cluster, TimeSpan.FromSeconds(10));
        }
    }
}
