using Microsoft.Extensions.Hosting;

namespace Mesh.Proxy.Succession;

/// <summary>
/// A part of the process that must not run in two processes of one node at once: it is suspended while another process takes over, and
/// goes on only if that one fails. <see cref="SuspendAsync"/> and <see cref="Resume"/> are called by one caller, in turn.
/// </summary>
internal abstract class SuspendableService : BackgroundService
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _resumed = Completed();
    private TaskCompletionSource _idle = Completed();
    private CancellationTokenSource _term = new();

    /// <summary>Whether another process does what this would do.</summary>
    protected bool IsSuspended => !_resumed.Task.IsCompleted;

    /// <summary>Cancelled when the process ends, and not when this is suspended.</summary>
    protected CancellationToken Stopping { get; private set; }

    /// <summary>Ends <see cref="RunAsync"/> and waits until it has ended.</summary>
    public async Task SuspendAsync()
    {
        Task idle;
        lock (_lock)
        {
            _resumed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = _idle.Task;
        }
        await _term.CancelAsync();
        await idle;
    }

    /// <summary>Begins <see cref="RunAsync"/> again.</summary>
    public void Resume()
    {
        lock (_lock)
        {
            _term.Dispose();
            _term = new CancellationTokenSource();
            _resumed.TrySetResult();
        }
    }

    public override void Dispose()
    {
        _term.Dispose();
        base.Dispose();
    }

    /// <summary>The work. Ends, by returning or throwing, only when cancelled.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Stopping = stoppingToken;
        while (!stoppingToken.IsCancellationRequested)
        {
            CancellationTokenSource? either = null;
            Task resumed;
            lock (_lock)
            {
                resumed = _resumed.Task;
                if (resumed.IsCompleted)
                {
                    either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _term.Token);
                    _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
            if (either is null)
            {
                await resumed.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
            try
            {
                await RunAsync(either.Token);
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                // Suspended, or the process ends; that is what cancels.
            }
            finally
            {
                either.Dispose();
                _idle.TrySetResult();
            }
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.SetResult();
        return source;
    }
}
