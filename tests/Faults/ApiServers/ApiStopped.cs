using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.ApiServers;

/// <summary>A cluster's API server is gone for a minute.</summary>
internal sealed class ApiStopped() : ApiFault("stop", "start")
{
    public override string Name => "api-stopped-60s";

    public override string Promise => "a cluster's API server gone for 60 s: no request fails, the other cluster's changes flow; well 20 s after";

    public override async Task EndureAsync(FaultStage stage)
    {
        var end = stage.Traffic.Elapsed + stage.Duration(60);
        await Changes.ExpectLocalAsync(stage, "west", TimeSpan.FromSeconds(10));
        await stage.WaitUntilAsync(end);
    }
}
