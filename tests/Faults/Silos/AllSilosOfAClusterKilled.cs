using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;
using Mesh.Testing;

namespace Mesh.Faults.Silos;

/// <summary>
/// A cluster loses all its silos, again and again for a while, so that nobody takes their place, while its pods live.
/// </summary>
internal sealed class AllSilosOfAClusterKilled : Fault
{
    public override string Name => "all-silos-killed";

    public override string Promise => "a cluster without silos for 30 s: its pods are called from everywhere, it counts as suspect, not gone";

    // The pod is begun again after a back-off that has grown with each kill.
    public override TimeSpan RecoverWithin => TimeSpan.FromSeconds(60);

    public override Task InjectAsync(FaultStage stage)
    {
        SandboxProcesses.Kill(stage.Clusters.Silos("east"));
        return Task.CompletedTask;
    }

    public override async Task EndureAsync(FaultStage stage)
    {
        var end = stage.Traffic.Elapsed + stage.Duration(30);
        while (stage.Traffic.Elapsed < end)
        {
            if (stage.Clusters.Silos("east") is { Count: > 0 } returned)
            {
                SandboxProcesses.Kill(returned);
            }
            await stage.WaitAsync(TimeSpan.FromSeconds(1));
        }
        // West's own control plane is none the worse.
        await Changes.ExpectLocalAsync(stage, "west", TimeSpan.FromSeconds(10));
        await LinkReports.ExpectSuspectAsync(stage, "west", "east", TimeSpan.FromSeconds(10));
    }

    public override async Task RecoverAsync(FaultStage stage)
    {
        await Changes.ExpectAcrossAsync(stage, "east", RecoverWithin);
        await LinkReports.ExpectConnectedAsync(stage, "west", "east", RecoverWithin);
    }
}
