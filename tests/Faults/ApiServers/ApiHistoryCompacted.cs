namespace Mesh.Faults.ApiServers;

/// <summary>A cluster's API server starts anew and remembers no history: every watch is told 410 and lists again.</summary>
internal sealed class ApiHistoryCompacted() : ApiFault("stop", "start")
{
    public override string Name => "api-history-compacted";

    public override string Promise => "API server restarted without its history (410): no request fails, changes flow within 20 s";
}
