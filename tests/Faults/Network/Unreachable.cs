using Mesh.Faults.Frame;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Network;

/// <summary>What a client may be told while the other cluster cannot be reached.</summary>
internal static class Unreachable
{
    /// <summary>How long an answer that is known in advance may take.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(2);

    /// <param name="request">A request that was not answered by the application.</param>
    /// <param name="times">When the path was cut and healed.</param>
    /// <param name="notice">How long the mesh may take to notice.</param>
    /// <param name="recovery">How long it may take to find back.</param>
    /// <returns>What is wrong with it; null: it is as it must be.</returns>
    public static string? Judge(RequestRecord request, FaultTimes times, TimeSpan notice, TimeSpan recovery)
    {
        if (!request.Flow.IsAcross)
        {
            return "it does not leave its cluster";
        }
        if (request.Ended < times.InjectBegan || request.Began > times.Healed + recovery)
        {
            return "the path was whole";
        }
        var noticed = times.Injected + notice;
        if (request.Ended > noticed + Quick && request.Took > Quick)
        {
            return $"it was kept waiting later than {notice.TotalSeconds:0} s after the cut";
        }
        if (request.Outcome != RequestOutcome.Refused)
        {
            return "it was given no answer";
        }
        // Before it is noticed: what was on its way when the path went is told that it failed (502) or that it took too long (504).
        return request.Began <= noticed
            ? request.Status is 502 or 503 or 504 ? null : "that is no answer for a path that is cut"
            : request.Status != 503 ? "503 is the answer while nothing can be reached"
            : request.Detail.Length == 0 ? "it does not say why" : null;
    }
}
