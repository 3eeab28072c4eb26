using System.Collections.Concurrent;
using Mesh.Silo.Hosting;

namespace Mesh.Silo.Liveness;

/// <summary>
/// Which silos answer now. The membership says who belongs to the mesh, and says it of those on the other side of a cut too; so each silo is
/// asked every second. One that has been silent for <see cref="Patience"/>, or has refused three times in a row, does not answer; its
/// connections are closed then, since what was sent into a cut would otherwise be sent again only minutes after the cut has healed.
/// </summary>
internal sealed partial class SiloPulses(
    IClusterMembershipService membership,
    ILocalSiloDetails local,
    SiloPulseClient client,
    MicrosoftConnections connections,
    TimeProvider time,
    ILogger<SiloPulses> logger) : BackgroundService
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int MaxRefusals = 3;

    private readonly ConcurrentDictionary<SiloAddress, Pulse> _pulses = new();

    /// <summary>Raised when <see cref="Answers"/> or the membership has changed; handlers return at once and do not throw.</summary>
    public event Action? Changed;

    /// <summary>The silo has answered within <see cref="Patience"/>.</summary>
    public bool Answers(SiloAddress silo) => _pulses.TryGetValue(silo, out var pulse) && pulse.Answers;

    /// <summary>The silo has answered since this one started.</summary>
    public bool IsKnown(SiloAddress silo) => _pulses.TryGetValue(silo, out var pulse) && pulse.Known;

    /// <summary>The silo has been asked for long enough to say that it does not answer.</summary>
    public bool IsSilent(SiloAddress silo) => _pulses.TryGetValue(silo, out var pulse) && pulse.Silent;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                var others = snapshot.Members.Values
                    .Where(m => m.Status is SiloStatus.Active or SiloStatus.ShuttingDown && !m.SiloAddress.Equals(local.SiloAddress))
                    .Select(m => m.SiloAddress)
                    .ToHashSet();
                foreach (var gone in _pulses.Keys.Where(s => !others.Contains(s)).ToArray())
                {
                    if (_pulses.TryRemove(gone, out var pulse))
                    {
                        await pulse.StopAsync();
                    }
                }
                foreach (var silo in others)
                {
                    if (!_pulses.ContainsKey(silo))
                    {
                        var pulse = _pulses[silo] = new Pulse(silo, time);
                        pulse.Start(cancellation => FollowAsync(pulse, cancellation), stoppingToken);
                    }
                }
                Changed?.Invoke();
            }
        }
        finally
        {
            await Task.WhenAll(_pulses.Values.Select(p => p.StopAsync()));
        }
    }

    private async Task FollowAsync(Pulse pulse, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var before = (pulse.Answers, pulse.Silent);
            try
            {
                await client.BeatAsync(pulse.Silo).AsTask().WaitAsync(cancellationToken);
                pulse.Answered();
            }
            catch (TimeoutException)
            {
                pulse.TimedOut();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                pulse.Refused(e.Message, MaxRefusals);
            }
            if (pulse.Silent && pulse.TakeAbort())
            {
                connections.Abort(pulse.Silo.Endpoint);
            }
            Tell(pulse, before);
            if (Interval - time.GetElapsedTime(began) is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, time, cancellationToken);
            }
        }
    }

    private void Tell(Pulse pulse, (bool Answers, bool Silent) before)
    {
        if (before == (pulse.Answers, pulse.Silent))
        {
            return;
        }
        if (pulse.Answers)
        {
            LogAnswers(pulse.Silo);
        }
        else
        {
            LogSilent(pulse.Silo, pulse.Problem);
        }
        Changed?.Invoke();
    }

    [LoggerMessage(6110, LogLevel.Information, "Silo {Silo} answers.")]
    private partial void LogAnswers(SiloAddress silo);

    [LoggerMessage(6111, LogLevel.Warning, "Silo {Silo} does not answer. {Problem}")]
    private partial void LogSilent(SiloAddress silo, string problem);

    /// <summary>One silo's; changed by its loop only.</summary>
    private sealed class Pulse(SiloAddress silo, TimeProvider time)
    {
        private CancellationTokenSource _stop = new();
        private Task _loop = Task.CompletedTask;
        private long _last = time.GetTimestamp();
        private long _aborted;
        private int _refusals;

        public SiloAddress Silo => silo;

        public bool Known { get; private set; }

        public bool Answers { get; private set; }

        public bool Silent { get; private set; }

        public string Problem { get; private set; } = "";

        public void Start(Func<CancellationToken, Task> loop, CancellationToken stopping)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            _loop = loop(_stop.Token);
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }

        public void Answered()
        {
            (_last, _refusals, Known, Answers, Silent) = (time.GetTimestamp(), 0, true, true, false);
        }

        public void TimedOut()
        {
            if (time.GetElapsedTime(_last) >= Patience)
            {
                Fail($"It has been silent for {time.GetElapsedTime(_last).TotalSeconds:0} s.");
            }
        }

        public void Refused(string problem, int most)
        {
            if (++_refusals >= most || time.GetElapsedTime(_last) >= Patience)
            {
                Fail(problem);
            }
        }

        /// <summary>True once per <see cref="Patience"/>: a connection that was made since may be as dead as the one before.</summary>
        public bool TakeAbort()
        {
            if (_aborted != 0 && time.GetElapsedTime(_aborted) < Patience)
            {
                return false;
            }
            _aborted = time.GetTimestamp();
            return true;
        }

        private void Fail(string problem) => (Answers, Silent, Problem) = (false, true, problem);
    }
}
