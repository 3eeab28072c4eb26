using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.ApiServers;

/// <summary>Something is wrong with east's API server. Traffic does not depend on it, and neither does west.</summary>
/// <param name="fault">What <c>mesh sandbox api east</c> is told to make it so.</param>
/// <param name="cure">What makes it well again.</param>
internal abstract class ApiFault(string fault, string cure) : Fault
{
    /// <summary>A silo tries again at least every 15 s.</summary>
    public override TimeSpan RecoverWithin => TimeSpan.FromSeconds(20);

    public override Task InjectAsync(FaultStage stage) => TellAsync(stage, fault);

    public override Task HealAsync(FaultStage stage) => TellAsync(stage, cure);

    public override async Task RecoverAsync(FaultStage stage)
    {
        await Changes.ExpectAcrossAsync(stage, "east", RecoverWithin);
        await Changes.ExpectAcrossAsync(stage, "west", RecoverWithin);
    }

    public override async Task CleanUpAsync(FaultStage stage)
    {
        await TellAsync(stage, "ok");
        var status = await stage.Clusters.TryAsync($"mesh sandbox status {stage.Clusters.SandboxOptions}", null, CancellationToken.None);
        if (status.Output.Contains("API server DEAD", StringComparison.Ordinal))
        {
            await TellAsync(stage, "start");
        }
    }

    private static Task TellAsync(FaultStage stage, string what) => stage.Clusters.RunAsync(
        $"mesh sandbox api east {what} {stage.Clusters.SandboxOptions}", null, CancellationToken.None);
}
