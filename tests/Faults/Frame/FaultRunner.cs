using System.Globalization;
using Mesh.Faults.Clusters;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Frame;

/// <summary>Runs one fault under traffic and sums up what came of it.</summary>
internal static class FaultRunner
{
    /// <summary>How long traffic runs well before the fault is made, and after all is right again.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(3);

    /// <summary>Until the clusters must be well before a fault; longer than any fault may take to recover.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const int ViolationsShown = 6;

    public static async Task<FaultResult> RunAsync(
        Fault fault, FaultClusters clusters, FaultsOptions options, CancellationToken cancellationToken)
    {
        clusters.Log.WriteLine($"{fault.Name}: {fault.Promise}");
        await clusters.UntilWellAsync(Patience, cancellationToken);
        await using var traffic = await TrafficLoad.StartAsync(clusters, cancellationToken);
        var stage = new FaultStage(clusters, traffic, options.Duration, cancellationToken);
        var times = new FaultTimes(TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue, TimeSpan.MaxValue);
        TimeSpan? recovered = null;
        try
        {
            await fault.PrepareAsync(stage);
            await stage.WaitAsync(Calm);
            stage.Note("fault");
            times = times with { InjectBegan = traffic.Elapsed };
            await fault.InjectAsync(stage);
            times = times with { Injected = traffic.Elapsed };
            await fault.EndureAsync(stage);
            stage.Note("heal");
            times = times with { HealBegan = traffic.Elapsed };
            await fault.HealAsync(stage);
            times = times with { Healed = traffic.Elapsed };
            await fault.RecoverAsync(stage);
            recovered = traffic.Elapsed;
            await stage.WaitAsync(Calm);
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException or FaultException)
        {
            stage.Violated(failure.Message);
        }
        finally
        {
            await fault.CleanUpAsync(stage);
        }
        await traffic.StopAsync();
        return Sum(fault, stage, times, recovered);
    }

    private static FaultResult Sum(Fault fault, FaultStage stage, FaultTimes times, TimeSpan? recovered)
    {
        var requests = stage.Traffic.Requests;
        var failed = 0;
        var unreachable = 0;
        var lastFailure = TimeSpan.Zero;
        var violations = new List<string>(stage.Violations);
        foreach (var request in requests.Where(request => request.Outcome != RequestOutcome.Answered))
        {
            lastFailure = request.Ended > lastFailure ? request.Ended : lastFailure;
            if (fault.Judge(request, times) is { } complaint)
            {
                failed++;
                violations.Add($"{request}: {complaint}");
            }
            else
            {
                unreachable++;
            }
        }
        if (violations.Count > ViolationsShown)
        {
            violations = [.. violations.Take(ViolationsShown), $"and {violations.Count - ViolationsShown} more"];
        }
        TimeSpan? recovery = recovered is { } end && times.Healed != TimeSpan.MaxValue
            ? new[] { end - times.Healed, lastFailure - times.Healed, TimeSpan.Zero }.Max()
            : null;
        if (recovery is { } taken && taken > fault.RecoverWithin)
        {
            violations.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"recovery took {taken.TotalSeconds:0.0} s, {fault.RecoverWithin.TotalSeconds:0} s are promised"));
        }
        foreach (var silent in stage.Traffic.Silent)
        {
            violations.Add($"no request {silent} was ever answered: the traffic proves nothing");
        }
        return new FaultResult(fault.Name, requests.Count, failed, unreachable, recovery, violations);
    }
}
