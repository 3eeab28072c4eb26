using System.Threading.Channels;

namespace Mesh.Sandbox.Api.Storage;

/// <summary>
/// A subscription to one table's changes. A reader that falls more than <see cref="MaxBacklog"/> changes behind is cut off: its
/// stream ends, and the client lists again, instead of the queue growing.
/// </summary>
internal sealed class StoreWatch : IDisposable
{
    private const int MaxBacklog = 16384;

    private readonly Channel<StoreEvent> _channel = Channel.CreateUnbounded<StoreEvent>(new() { SingleReader = true });
    private readonly Action<StoreWatch> _unsubscribe;
    private int _backlog;

    public StoreWatch(Action<StoreWatch> unsubscribe) => _unsubscribe = unsubscribe;

    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    // Not the channel's own count: one with a single reader has none.
    public bool IsDrained => Volatile.Read(ref _backlog) == 0;

    public bool TryRead(out StoreEvent change)
    {
        if (_channel.Reader.TryRead(out change!))
        {
            Interlocked.Decrement(ref _backlog);
            return true;
        }
        return false;
    }

    /// <summary>Called by the store, under its lock, so that changes arrive in order.</summary>
    public void Offer(StoreEvent change)
    {
        if (Interlocked.Increment(ref _backlog) > MaxBacklog)
        {
            _channel.Writer.TryComplete();
            return;
        }
        _channel.Writer.TryWrite(change);
    }

    public void Dispose()
    {
        _unsubscribe(this);
        _channel.Writer.TryComplete();
    }
}
