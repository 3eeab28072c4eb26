namespace Mesh.Silo.NodeSessions;

/// <summary>Tasks that somebody awaits: each is counted while it runs, and <see cref="DrainAsync"/> waits for the last.</summary>
internal sealed class TaskGroup
{
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _running.Count;
            }
        }
    }

    /// <param name="work">Must not throw: it reports its own failures.</param>
    public void Start(Func<Task> work)
    {
        var task = work();
        if (task.IsCompleted)
        {
            return;
        }
        lock (_lock)
        {
            _running.Add(task);
        }
        task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public Task DrainAsync()
    {
        lock (_lock)
        {
            return Task.WhenAll(_running);
        }
    }

    private void Forget(Task task)
    {
        lock (_lock)
        {
            _running.Remove(task);
        }
    }
}
