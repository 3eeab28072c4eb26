using Microsoft.Extensions.Logging;

namespace Mesh.Grains.Scheduling;

/// <summary>
/// Tells a grain that something changed. Any number of <see cref="Set"/>s until the grain calls <see cref="Reset"/> are one notification,
/// so a burst of changes costs a turn, not a queue. Safe to use from any thread; <see cref="Set"/> never blocks and never throws.
/// </summary>
internal sealed partial class ChangeSignal(Func<Task> notify, ILogger logger)
{
    /// <summary>How long a grain waits for more of a burst before it looks.</summary>
    public static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(10);

    private int _isSet;

    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            // Off the informer's thread; the task ends with the notification and reports its failure itself.
            Task.Run(NotifyAsync);
        }
    }

    /// <summary>Called by the grain before it looks at the view: what changes from now on is signalled again.</summary>
    public void Reset() => Volatile.Write(ref _isSet, 0);

    private async Task NotifyAsync()
    {
        try
        {
            await notify();
        }
        catch (Exception exception)
        {
            // Typically the silo is stopping. The grain's timer looks at the view in any case.
            Reset();
            LogFailed(exception);
        }
    }

    [LoggerMessage(3000, LogLevel.Debug, "A change of the cluster could not be signalled to its grain; the grain's timer will find it.")]
    private partial void LogFailed(Exception exception);
}
