using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;
using Mesh.Testing;

namespace Mesh.Faults.Silos;

/// <summary>One of two silos of a cluster is killed without warning.</summary>
internal sealed class SiloKilled : Fault
{
    public override string Name => "silo-killed";

    public override string Promise => "one of two silos killed: no request fails, changes flow within 10 s through the other";

    public override Task PrepareAsync(FaultStage stage) => SiloScale.ToAsync(stage, "east", 2);

    public override async Task InjectAsync(FaultStage stage)
    {
        var address = (await stage.Clusters.RunAsync(
            "kubectl --context east -n mesh-system get pod mesh-silo-0 -o jsonpath='{.status.podIP}'", null, stage.Cancellation)).Trim();
        SandboxProcesses.Kill(stage.Clusters.Processes.Running("Mesh.Silo.dll", stage.Clusters.Processes.NamespaceOf(address)));
    }

    public override Task RecoverAsync(FaultStage stage) => Changes.ExpectAcrossAsync(stage, "east", RecoverWithin);

    public override async Task CleanUpAsync(FaultStage stage)
    {
        await stage.Clusters.UntilWellAsync(TimeSpan.FromSeconds(90), stage.Cancellation);
        await SiloScale.ToAsync(stage, "east", 1);
    }
}
