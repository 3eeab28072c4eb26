using System.Globalization;
using Mesh.Faults.Clusters;
using Mesh.Faults.Traffic;

namespace Mesh.Faults.Frame;

/// <summary>What a fault works with while it is run: the clusters, the traffic, and a list of the promises that did not hold.</summary>
internal sealed class FaultStage(FaultClusters clusters, TrafficLoad traffic, TimeSpan? duration, CancellationToken cancellationToken)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private readonly List<string> _violations = [];

    public FaultClusters Clusters => clusters;

    public TrafficLoad Traffic => traffic;

    public CancellationToken Cancellation => cancellationToken;

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>How long a fault that lasts is kept up.</summary>
    public TimeSpan Duration(double seconds) => duration ?? TimeSpan.FromSeconds(seconds);

    public void Violated(string what) => _violations.Add(what);

    /// <summary>States a promise.</summary>
    public void Expect(string promise, bool held, string instead)
    {
        if (!held)
        {
            Violated($"not so: {promise}; instead: {instead}");
        }
    }

    /// <summary>Waits until a promise holds, and notes it as broken when it does not in time.</summary>
    /// <param name="promise">What must become so.</param>
    /// <param name="within">How long that may take from now.</param>
    /// <param name="holds">Null when it is so, otherwise what is so instead.</param>
    /// <returns>Whether it became so.</returns>
    public async Task<bool> ExpectWithinAsync(string promise, TimeSpan within, Func<Task<string?>> holds)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (true)
        {
            var instead = await holds();
            var taken = time.GetElapsedTime(start);
            if (instead is null)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"{promise}: after {taken.TotalSeconds:0.0} s"));
                return true;
            }
            if (taken > within)
            {
                Violated(string.Create(CultureInfo.InvariantCulture, $"not within {within.TotalSeconds:0.#} s: {promise}; instead: {instead}"));
                return false;
            }
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    public Task WaitAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, cancellationToken);

    /// <summary>Waits until the traffic has run for so long, unless it has already.</summary>
    public Task WaitUntilAsync(TimeSpan moment) => moment > traffic.Elapsed ? WaitAsync(moment - traffic.Elapsed) : Task.CompletedTask;

    public void Note(string text) => clusters.Log.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"  [{traffic.Elapsed.TotalSeconds,6:0.0}s] {text}"));
}
