using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;

namespace Mesh.Faults.ApiServers;

/// <summary>Watches stay open and say nothing more, as behind a proxy that has lost its other half.</summary>
internal sealed class WatchStalls() : ApiFault("stall", "ok")
{
    private string _service = "";

    public override string Name => "watch-stalls-silently";

    public override string Promise => "watches open and silent: what changed meanwhile is known within 100 s of their working again";

    // A watch counts as dead after 90 s without even a bookmark.
    public override TimeSpan RecoverWithin => TimeSpan.FromSeconds(100);

    public override async Task EndureAsync(FaultStage stage)
    {
        var end = stage.Traffic.Elapsed + stage.Duration(15);
        _service = await Changes.MakeAsync(stage, "east");
        await stage.WaitUntilAsync(end);
    }

    public override async Task RecoverAsync(FaultStage stage)
    {
        await Changes.ExpectMadeAsync(stage, "east", _service, RecoverWithin);
        await base.RecoverAsync(stage);
    }
}
