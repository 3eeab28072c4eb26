using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.ApiServers;

/// <summary>A cluster's API server takes three seconds over every request.</summary>
internal sealed class ApiSlow() : ApiFault("slow 3000", "ok")
{
    public override string Name => "api-slow";

    public override string Promise => "API server takes 3 s over every request: no request fails, changes flow across within 30 s";

    public override async Task EndureAsync(FaultStage stage)
    {
        var end = stage.Traffic.Elapsed + stage.Duration(30);
        await Changes.ExpectAcrossAsync(stage, "east", TimeSpan.FromSeconds(30));
        await stage.WaitUntilAsync(end);
    }
}
