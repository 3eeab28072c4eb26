using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Network;

/// <summary>The other cluster is far away: round trips take 200 ms longer.</summary>
internal sealed class Delay : Fault
{
    public override string Name => "delay-200ms";

    public override string Promise => "round trips between the clusters take 200 ms longer: no request fails, none takes over 2 s, changes flow";

    public override async Task InjectAsync(FaultStage stage) =>
        await stage.Clusters.RunAsync($"mesh sandbox delay east west 200 {stage.Clusters.SandboxOptions}", null, stage.Cancellation);

    public override async Task EndureAsync(FaultStage stage)
    {
        var since = stage.Traffic.Elapsed;
        var end = since + stage.Duration(20);
        foreach (var cluster in FaultClusters.Names)
        {
            await Changes.ExpectAcrossAsync(stage, cluster, TimeSpan.FromSeconds(10));
        }
        await stage.WaitUntilAsync(end);
        var across = stage.Traffic.Since(since).Where(request => request.Flow.IsAcross).ToList();
        stage.Expect("requests across take 200 ms and more", across.All(r => r.Took >= TimeSpan.FromMilliseconds(190)), "some were quicker");
        stage.Expect("no request across takes over 2 s", across.All(r => r.Took < TimeSpan.FromSeconds(2)), $"{across.MaxBy(r => r.Took)}");
    }

    public override Task HealAsync(FaultStage stage) => CleanUpAsync(stage);

    public override async Task RecoverAsync(FaultStage stage) => await Changes.ExpectAcrossAsync(stage, "east", RecoverWithin);

    public override Task CleanUpAsync(FaultStage stage) =>
        stage.Clusters.RunAsync($"mesh sandbox heal {stage.Clusters.SandboxOptions}", null, CancellationToken.None);

    public override string? Judge(RequestRecord request, FaultTimes times) => "the path is long, and whole";
}
