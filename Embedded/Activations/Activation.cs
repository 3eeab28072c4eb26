using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;
using Orleans.Runtime;

namespace Orleans.Embedded.Activations;

/// <summary>
/// One grain in memory. Work starts in the order it came; a piece of work that may not interleave starts when nothing else runs that
/// excludes it. All of the grain's code runs on one <see cref="ActivationScheduler"/>.
/// </summary>
internal sealed class Activation : IGrainContext
{
    private readonly Lock _lock = new();
    private readonly ActivationHost _host;
    private readonly ActivationScheduler _scheduler = new();
    private readonly AsyncServiceScope _scope;
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<WorkItem> _waiting = [];
    private readonly List<IDisposable> _timers = [];

    private Phase _phase = Phase.Activating;
    private DeactivationReason? _ending;
    private int _running;
    private int _readers;
    private int _writers;
    private long _lastUse;
    private long _keepUntil;

    public Activation(ActivationHost host, GrainClass grainClass, GrainId id)
    {
        _host = host;
        Class = grainClass;
        GrainId = id;
        _scope = host.Services.CreateAsyncScope();
        _lastUse = host.Time.GetTimestamp();
        GrainReference = host.Reference(id);
    }

    private enum Phase
    {
        Activating,
        Active,
        Ending,
        Ended,
    }

    public GrainClass Class { get; }

    public GrainId GrainId { get; }

    public GrainReference GrainReference { get; }

    public object? GrainInstance { get; private set; }

    public ActivationId ActivationId { get; } = ActivationId.NewId();

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public Task Deactivated => _deactivated.Task;

    public void Start() => Run(ActivateAsync);

    /// <returns>False when the activation has ended: the work belongs to the next one.</returns>
    public bool TryEnqueue(WorkItem item)
    {
        lock (_lock)
        {
            if (_phase == Phase.Ended)
            {
                return false;
            }
            _lastUse = item.Call is null ? _lastUse : _host.Time.GetTimestamp();
            if (_phase == Phase.Active && item.Interleave)
            {
                StartItem(item);
            }
            else
            {
                _waiting.Enqueue(item);
                StartWaiting();
            }
            return true;
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_phase is Phase.Ending or Phase.Ended || _ending is not null)
            {
                return;
            }
            _ending = deactivationReason;
            if (_phase == Phase.Active)
            {
                _phase = Phase.Ending;
                EndIfQuiet();
            }
        }
    }

    public void Delay(TimeSpan time)
    {
        lock (_lock)
        {
            var until = _host.Time.GetTimestamp() + (long)(time.TotalSeconds * _host.Time.TimestampFrequency);
            _keepUntil = Math.Max(_keepUntil, until);
        }
    }

    public void Touch()
    {
        lock (_lock)
        {
            _lastUse = _host.Time.GetTimestamp();
        }
    }

    /// <summary>Ends the activation when nothing was asked of it for <paramref name="age"/>.</summary>
    public void CollectIfIdle(TimeSpan age)
    {
        lock (_lock)
        {
            if (_phase != Phase.Active || _running > 0 || _waiting.Count > 0
                || _host.Time.GetElapsedTime(_lastUse) < age || _host.Time.GetTimestamp() < _keepUntil)
            {
                return;
            }
        }
        Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Nothing was asked of the grain for {age}."));
    }

    /// <summary>Remembers a timer so that it ends with the activation.</summary>
    public void Adopt(IDisposable timer)
    {
        lock (_lock)
        {
            if (_phase != Phase.Ended)
            {
                _timers.Add(timer);
                return;
            }
        }
        timer.Dispose();
    }

    public void Abandon(IDisposable timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    // The work may be begun by whoever ended other work; its execution context is not this request's.
    private void Run(Func<Task> work) => _ = NoFlow.Begin(() =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler));

    private void StartWaiting()
    {
        while (_phase == Phase.Active && _waiting.TryPeek(out var next) && MayStart(next))
        {
            _waiting.Dequeue();
            StartItem(next);
        }
    }

    private bool MayStart(WorkItem item) =>
        item.Interleave || _writers + _readers == 0 || (item.ReadOnly && _writers == 0);

    private void StartItem(WorkItem item)
    {
        _running++;
        Count(item, 1);
        Run(async () =>
        {
            await item.Run();
            lock (_lock)
            {
                _running--;
                Count(item, -1);
                StartWaiting();
                EndIfQuiet();
            }
        });
    }

    private void Count(WorkItem item, int by)
    {
        if (item.Interleave)
        {
            return;
        }
        if (item.ReadOnly)
        {
            _readers += by;
        }
        else
        {
            _writers += by;
        }
    }

    private void EndIfQuiet()
    {
        if (_phase == Phase.Ending && _running == 0)
        {
            // Counts as running, so that this is done once.
            _running = 1;
            Run(() => EndAsync(_ending!.Value));
        }
    }

    private async Task ActivateAsync()
    {
        try
        {
            GrainInstance = ActivationContext.Create(this, () => ActivatorUtilities.CreateInstance(ActivationServices, Class.Type));
            using var timeout = new CancellationTokenSource(_host.ActivationTimeout, _host.Time);
            await ((IGrainBase)GrainInstance).OnActivateAsync(timeout.Token);
        }
        catch (Exception e)
        {
            _host.Log.ActivationFailed(e, GrainId);
            var reason = new DeactivationReason(DeactivationReasonCode.ActivationFailed, e, "The grain could not be activated.");
            await FinishAsync(reason, waiting => waiting.Call?.Fail(e));
            return;
        }
        lock (_lock)
        {
            _phase = _ending is null ? Phase.Active : Phase.Ending;
            while (_phase == Phase.Active && _waiting.Count > 0 && MayStart(_waiting.Peek()))
            {
                StartItem(_waiting.Dequeue());
            }
            StartInterleaving();
            EndIfQuiet();
        }
    }

    // Work that may interleave waits only for the activation itself; what stands before it in the queue must not hold it up.
    private void StartInterleaving()
    {
        for (var i = _phase == Phase.Active ? _waiting.Count : 0; i > 0; i--)
        {
            var item = _waiting.Dequeue();
            if (item.Interleave)
            {
                StartItem(item);
            }
            else
            {
                _waiting.Enqueue(item);
            }
        }
    }

    private async Task EndAsync(DeactivationReason reason)
    {
        try
        {
            using var timeout = new CancellationTokenSource(_host.ActivationTimeout, _host.Time);
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(reason, timeout.Token);
        }
        catch (Exception e)
        {
            _host.Log.DeactivationFailed(e, GrainId);
        }
        await FinishAsync(reason, waiting =>
        {
            if (waiting.Call is { } call)
            {
                _host.Redirect(call);
            }
        });
    }

    private async Task FinishAsync(DeactivationReason reason, Action<WorkItem> waiting)
    {
        IDisposable[] timers;
        lock (_lock)
        {
            timers = [.. _timers];
            _timers.Clear();
        }
        foreach (var timer in timers)
        {
            timer.Dispose();
        }
        try
        {
            switch (GrainInstance)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
            }
            await _scope.DisposeAsync();
        }
        catch (Exception e)
        {
            _host.Log.DeactivationFailed(e, GrainId);
        }
        WorkItem[] left;
        lock (_lock)
        {
            _phase = Phase.Ended;
            left = [.. _waiting];
            _waiting.Clear();
        }
        _host.Remove(this);
        _host.Log.Deactivated(GrainId, reason.ReasonCode, reason.Description);
        foreach (var item in left)
        {
            waiting(item);
        }
        _deactivated.TrySetResult();
    }
}
