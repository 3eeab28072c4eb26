namespace Orleans.Embedded.Activations;

/// <summary>
/// Runs the tasks of one activation one after the other, on the thread pool. A continuation of a task that runs here is queued here again,
/// so grain code is never run by two threads at once.
/// </summary>
internal sealed class ActivationScheduler : TaskScheduler, IThreadPoolWorkItem
{
    // An activation with endless work lets others have the thread after this many tasks.
    private const int TasksPerTurn = 64;

    [ThreadStatic]
    private static ActivationScheduler? _running;

    private readonly Lock _lock = new();
    private readonly Queue<Task> _queue = [];
    private bool _scheduled;

    public override int MaximumConcurrencyLevel => 1;

    void IThreadPoolWorkItem.Execute()
    {
        var outer = _running;
        _running = this;
        try
        {
            for (var i = 0; i < TasksPerTurn; i++)
            {
                Task? task;
                lock (_lock)
                {
                    if (!_queue.TryDequeue(out task))
                    {
                        _scheduled = false;
                        return;
                    }
                }
                TryExecuteTask(task);
            }
        }
        finally
        {
            _running = outer;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        lock (_lock)
        {
            _queue.Enqueue(task);
            if (_scheduled)
            {
                return;
            }
            _scheduled = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        _running == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
        {
            return [.. _queue];
        }
    }
}
