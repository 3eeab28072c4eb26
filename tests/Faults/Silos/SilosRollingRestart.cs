using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.Silos;

/// <summary>All silos everywhere are replaced, one after the other, as an update does it.</summary>
internal sealed class SilosRollingRestart : Fault
{
    public override string Name => "silos-rolling-restart";

    public override string Promise => "all silos restarted in turn, two per cluster: no request fails, changes flow within 10 s of the last";

    public override async Task PrepareAsync(FaultStage stage)
    {
        foreach (var cluster in FaultClusters.Names)
        {
            await SiloScale.ToAsync(stage, cluster, 2);
        }
    }

    public override async Task InjectAsync(FaultStage stage)
    {
        foreach (var cluster in FaultClusters.Names)
        {
            await stage.Clusters.RunAsync(
                $"kubectl --context {cluster} -n mesh-system rollout restart statefulset/mesh-silo", null, stage.Cancellation);
        }
    }

    public override async Task EndureAsync(FaultStage stage)
    {
        foreach (var cluster in FaultClusters.Names)
        {
            await stage.Clusters.RunAsync(
                $"kubectl --context {cluster} -n mesh-system rollout status statefulset/mesh-silo --timeout=180s", null, stage.Cancellation);
        }
    }

    public override async Task RecoverAsync(FaultStage stage)
    {
        await Changes.ExpectAcrossAsync(stage, "east", RecoverWithin);
        await Changes.ExpectAcrossAsync(stage, "west", RecoverWithin);
    }

    public override async Task CleanUpAsync(FaultStage stage)
    {
        foreach (var cluster in FaultClusters.Names)
        {
            await SiloScale.ToAsync(stage, cluster, 1);
        }
    }
}
