using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>Repeats one probe of one running container and applies its thresholds.</summary>
internal sealed class ProbeLoop(Probe probe, Func<CancellationToken, Task<ProbeOutcome>> attempt, TimeProvider time)
{
    private const int DefaultPeriodSeconds = 10;
    private const int DefaultFailureThreshold = 3;

    /// <summary>Runs until cancelled, or until <paramref name="changed"/> says it has heard enough.</summary>
    /// <param name="initially">What the container counts as before the first result.</param>
    /// <param name="changed">Called when a threshold is reached, the first time and at every change; false ends the loop.</param>
    /// <param name="failed">Called for each failed attempt with its message.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public async Task RunAsync(bool initially, Func<bool, bool> changed, Action<string> failed, CancellationToken cancellationToken)
    {
        var successThreshold = probe.SuccessThreshold is > 0 and { } s ? s : 1;
        var failureThreshold = probe.FailureThreshold is > 0 and { } f ? f : DefaultFailureThreshold;
        var period = TimeSpan.FromSeconds(probe.PeriodSeconds is > 0 and { } p ? p : DefaultPeriodSeconds);
        if (probe.InitialDelaySeconds is > 0 and { } delay)
        {
            await Task.Delay(TimeSpan.FromSeconds(delay), time, cancellationToken);
        }
        var state = initially;
        var inRow = 0;
        bool? last = null;
        using var timer = new PeriodicTimer(period, time);
        do
        {
            var outcome = await attempt(cancellationToken);
            if (!outcome.Succeeded)
            {
                failed(outcome.Message);
            }
            inRow = outcome.Succeeded == last ? inRow + 1 : 1;
            last = outcome.Succeeded;
            if (inRow >= (outcome.Succeeded ? successThreshold : failureThreshold) && (state != outcome.Succeeded || !outcome.Succeeded && inRow == failureThreshold))
            {
                state = outcome.Succeeded;
                if (!changed(state))
                {
                    return;
                }
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
