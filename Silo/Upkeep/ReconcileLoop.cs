using Mesh.Grains.Ports;

namespace Mesh.Silo.Upkeep;

/// <summary>
/// Wakes the grains of one kind of objects: when an object changes, and every few seconds, since grains live only as long as somebody calls
/// them. One call at a time per grain; one that hangs holds up no other, and what changes meanwhile makes it run once more.
/// </summary>
internal abstract partial class ReconcileLoop(IClusterView view, ClusterTopic topic, TimeProvider time, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);

    // The grains being called; true: once more when that is done.
    private readonly Dictionary<string, bool> _again = new(StringComparer.Ordinal);
    private readonly List<Task> _running = [];
    private TaskCompletionSource _wake = NewWake();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await view.Synced.WaitAsync(stoppingToken);
        using var subscription = view.Subscribe(new ClusterFilter(topic), change =>
        {
            lock (_lock)
            {
                _changed.Add(NameOf(change));
                _wake.TrySetResult();
            }
        });
        try
        {
            Start(All(), stoppingToken);
            while (true)
            {
                Start(await NextAsync(stoppingToken), stoppingToken);
            }
        }
        finally
        {
            await Task.WhenAll(_running);
        }
    }

    /// <summary>What is looked after when <paramref name="change"/> happens.</summary>
    protected abstract string NameOf(ClusterChange change);

    /// <summary>Everything that is to be looked after now.</summary>
    protected abstract IReadOnlySet<string> All();

    /// <summary>Told of what has changed before it is reconciled.</summary>
    protected virtual void OnChanged(string name)
    {
    }

    protected abstract Task ReconcileAsync(string name, CancellationToken cancellationToken);

    private async Task<IReadOnlySet<string>> NextAsync(CancellationToken cancellationToken)
    {
        Task wake;
        lock (_lock)
        {
            wake = _wake.Task;
        }
        try
        {
            await wake.WaitAsync(Interval, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return All();
        }
        HashSet<string> changed;
        lock (_lock)
        {
            _wake = NewWake();
            changed = [.. _changed];
            _changed.Clear();
        }
        foreach (var name in changed)
        {
            OnChanged(name);
        }
        return changed;
    }

    private void Start(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        _running.RemoveAll(r => r.IsCompleted);
        foreach (var name in names)
        {
            lock (_lock)
            {
                if (_again.ContainsKey(name))
                {
                    _again[name] = true;
                    continue;
                }
                _again[name] = false;
            }
            _running.Add(RunAsync(name, cancellationToken));
        }
    }

    private async Task RunAsync(string name, CancellationToken cancellationToken)
    {
        do
        {
            await CallAsync(name, cancellationToken);
        }
        while (IsWantedAgain(name) && !cancellationToken.IsCancellationRequested);
    }

    private bool IsWantedAgain(string name)
    {
        lock (_lock)
        {
            if (_again[name])
            {
                _again[name] = false;
                return true;
            }
            _again.Remove(name);
            return false;
        }
    }

    private async Task CallAsync(string name, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(CallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await ReconcileAsync(name, either.Token).WaitAsync(either.Token);
        }
        catch (Exception e)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(topic, name, e.GetType().Name, e.Message);
            }
        }
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(5000, LogLevel.Warning, "{Topic} of '{Name}' could not be reconciled; trying again in a few seconds. {Error}: "
        + "{Problem}")]
    private partial void LogFailed(ClusterTopic topic, string name, string error, string problem);
}
