using Mesh.Faults.Clusters;
using Mesh.Faults.Frame;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Network;

/// <summary>The path between the clusters is bad and works: some requests may be told that it does not, none may hang.</summary>
internal abstract class PoorPath : Fault
{
    /// <summary>As long as it takes to find a connection dead, and to try another.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(12);

    /// <summary>Of a hundred requests across, how many must be answered while the path is bad.</summary>
    protected abstract double LeastAnsweredPercent { get; }

    public override async Task RecoverAsync(FaultStage stage)
    {
        foreach (var cluster in FaultClusters.Names)
        {
            await LinkReports.ExpectConnectedAsync(stage, cluster, FaultClusters.Other(cluster), RecoverWithin);
            await Changes.ExpectAcrossAsync(stage, cluster, RecoverWithin);
        }
    }

    public override Task CleanUpAsync(FaultStage stage) =>
        stage.Clusters.RunAsync($"mesh sandbox heal {stage.Clusters.SandboxOptions}", null, CancellationToken.None);

    public override string? Judge(RequestRecord request, FaultTimes times) =>
        !request.Flow.IsAcross ? "it does not leave its cluster"
        : request.Ended < times.InjectBegan || request.Began > times.Healed + RecoverWithin ? "the path was good"
        : request.Outcome != RequestOutcome.Refused ? "it was given no answer"
        : request.Took > LongestWait ? $"it was kept waiting for longer than {LongestWait.TotalSeconds:0} s"
        : request.Detail.Length == 0 && request.Status != 502 ? "it does not say why" : null;

    /// <summary>States how many requests across, made since a moment, were answered.</summary>
    protected void ExpectAnswered(FaultStage stage, TimeSpan since)
    {
        var across = stage.Traffic.Since(since).Where(request => request.Flow.IsAcross).ToList();
        var answered = 100.0 * across.Count(request => request.Outcome == RequestOutcome.Answered) / Math.Max(1, across.Count);
        stage.Note($"{answered:0.0} % of {across.Count} requests across were answered");
        stage.Expect(
            $"at least {LeastAnsweredPercent:0} % of the requests across are answered", answered >= LeastAnsweredPercent, $"{answered:0.0} %");
    }
}
