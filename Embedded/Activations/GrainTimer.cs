using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Embedded.Activations;

/// <summary>A timer whose ticks are work of an activation. The next tick is counted from the end of the callback.</summary>
internal sealed class GrainTimer<TState> : IGrainTimer
{
    private readonly Lock _lock = new();
    private readonly Activation _activation;
    private readonly Func<TState, CancellationToken, Task> _callback;
    private readonly TState _state;
    private readonly GrainTimerCreationOptions _options;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private TimeSpan _period;
    private bool _ticking;
    private TimeSpan? _changedTo;

    public GrainTimer(
        Activation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options,
        TimeProvider time, ILogger log)
    {
        _activation = activation;
        _callback = callback;
        _state = state;
        _options = options;
        _log = log;
        _period = Valid(options.Period, nameof(options.Period));
        Valid(options.DueTime, nameof(options.DueTime));
        _timer = NoFlow.Begin(() => time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        _timer.Change(options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Valid(dueTime, nameof(dueTime));
        Valid(period, nameof(period));
        lock (_lock)
        {
            _period = period;
            if (_ticking)
            {
                _changedTo = dueTime;
            }
            else if (!_disposed.IsCancellationRequested)
            {
                _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed.IsCancellationRequested)
            {
                return;
            }
            _timer.Dispose();
        }
        _activation.Abandon(this);
        _disposed.Cancel();
    }

    private static TimeSpan Valid(TimeSpan time, string name) =>
        time >= TimeSpan.Zero || time == Timeout.InfiniteTimeSpan
            ? time
            : throw new ArgumentOutOfRangeException(name, time, "Give a time that is not negative, or Timeout.InfiniteTimeSpan for never.");

    private void Tick()
    {
        lock (_lock)
        {
            if (_disposed.IsCancellationRequested || _ticking)
            {
                return;
            }
            _ticking = true;
        }
        if (_options.KeepAlive)
        {
            _activation.Touch();
        }
        _activation.TryEnqueue(new WorkItem(Call: null, _options.Interleave || _activation.Class.Reentrant, ReadOnly: false, RunAsync));
    }

    private async Task RunAsync()
    {
        try
        {
            if (!_disposed.IsCancellationRequested)
            {
                await _callback(_state, _disposed.Token);
            }
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            // The timer was disposed, which is what the token says.
        }
        catch (Exception e)
        {
            _log.TimerFailed(e, _activation.GrainId);
        }
        lock (_lock)
        {
            _ticking = false;
            if (!_disposed.IsCancellationRequested)
            {
                _timer.Change(_changedTo ?? _period, Timeout.InfiniteTimeSpan);
                _changedTo = null;
            }
        }
    }
}
