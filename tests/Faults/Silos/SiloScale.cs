using Mesh.Faults.Frame;

namespace Mesh.Faults.Silos;

/// <summary>How many silos a cluster has.</summary>
internal static class SiloScale
{
    public static async Task ToAsync(FaultStage stage, string cluster, int replicas)
    {
        await stage.Clusters.RunAsync(
            $"kubectl --context {cluster} -n mesh-system scale statefulset/mesh-silo --replicas={replicas}", null, stage.Cancellation);
        await stage.Clusters.RunAsync(
            $"kubectl --context {cluster} -n mesh-system rollout status statefulset/mesh-silo --timeout=90s", null, stage.Cancellation);
    }
}
