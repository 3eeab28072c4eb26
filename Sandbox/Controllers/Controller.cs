using System.Threading.Channels;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>
/// A reconciling loop. Changes put keys into a queue, each at most once; one worker takes them out and brings the object they name
/// nearer to what it should be. A key whose reconciliation fails comes back after a while.
/// </summary>
internal abstract partial class Controller
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<ObjectKey> _queue = Channel.CreateUnbounded<ObjectKey>(new() { SingleReader = true });
    private readonly HashSet<ObjectKey> _queued = [];
    private readonly PriorityQueue<ObjectKey, DateTimeOffset> _later = new();
    private readonly Lock _lock = new();
    private readonly ILogger _logger;

    protected Controller(ClusterObjects cluster, ILogger logger)
    {
        Cluster = cluster;
        _logger = logger;
    }

    protected ClusterObjects Cluster { get; }

    /// <summary>Decides which keys a change concerns. Runs under the store's lock: look, enqueue, return.</summary>
    public abstract void OnChanged(StoreEvent change);

    /// <summary>Brings one object nearer to what it should be.</summary>
    protected abstract void Reconcile(ObjectKey key);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            while (_queue.Reader.TryRead(out var key))
            {
                lock (_lock)
                {
                    _queued.Remove(key);
                }
                Work(key);
                cancellationToken.ThrowIfCancellationRequested();
            }
            await WaitAsync(cancellationToken);
        }
    }

    protected void Enqueue(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_queued.Add(key))
            {
                return;
            }
        }
        _queue.Writer.TryWrite(key);
    }

    protected void EnqueueAfter(ObjectKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            _later.Enqueue(key, Cluster.Now + delay);
        }
    }

    private void Work(ObjectKey key)
    {
        try
        {
            Reconcile(key);
        }
        catch (ApiException e)
        {
            ReconcileRefused(GetType().Name, key, e.Message);
            EnqueueAfter(key, RetryDelay);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or ArgumentException or FormatException)
        {
            // A bug met by one object must not stop all others.
            ReconcileFailed(e, GetType().Name, key);
            EnqueueAfter(key, RetryDelay);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan? due = null;
        lock (_lock)
        {
            if (_later.TryPeek(out _, out var at))
            {
                due = at - Cluster.Now;
            }
        }
        if (due > TimeSpan.Zero || due is null)
        {
            using var timer = due is null ? null : new CancellationTokenSource(due.Value + TimeSpan.FromMilliseconds(1), Cluster.Time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer?.Token ?? CancellationToken.None);
            try
            {
                await _queue.Reader.WaitToReadAsync(linked.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The next delayed key is due.
            }
        }
        List<ObjectKey> ready = [];
        lock (_lock)
        {
            while (_later.TryPeek(out var key, out var at) && at <= Cluster.Now)
            {
                _later.Dequeue();
                ready.Add(key);
            }
        }
        ready.ForEach(Enqueue);
    }

    [LoggerMessage(1, LogLevel.Debug, "{Controller} could not finish {Key}: {Reason}")]
    private partial void ReconcileRefused(string controller, ObjectKey key, string reason);

    [LoggerMessage(2, LogLevel.Error, "{Controller} failed on {Key}")]
    private partial void ReconcileFailed(Exception exception, string controller, ObjectKey key);
}
