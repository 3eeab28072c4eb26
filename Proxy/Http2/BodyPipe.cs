using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Http2;

/// <summary>
/// Passes a body from one stream to another. What the other cannot take now waits here, never more than the first stream's window; the first
/// one's peer may go on sending as soon as bytes have left.
/// </summary>
internal sealed class BodyPipe(BufferPool pool)
{
    private readonly BlockQueue _queue = new(pool);
    private bool _endDue;
    // Bytes passed on since the beginning or the last refill, and bytes for which the first stream has been given credit, which is once.
    private long _passed;
    private long _credited;

    /// <summary>Bytes passed on; those that were passed on again count once.</summary>
    public long Passed => _passed;

    /// <summary>Nothing waits.</summary>
    public bool IsEmpty => _queue.IsEmpty;

    /// <summary>The first stream has said its last byte of body (trailers may follow).</summary>
    public bool HasEnd { get; private set; }

    public void Reset()
    {
        _queue.Release();
        _endDue = HasEnd = false;
        _passed = _credited = 0;
    }

    /// <summary>The end went with the message's headers, or will go with its trailers: it is not to be said with the body.</summary>
    public void EndWasSaid() => _endDue = false;

    /// <summary>Begins again with bytes that have been passed on before, to another stream.</summary>
    /// <param name="bytes">All there was.</param>
    public void Refill(BlockQueue bytes)
    {
        _queue.Release();
        _endDue = HasEnd;
        _passed = 0;
        bytes.CopyTo(_queue);
    }

    /// <summary>Takes bytes from the first stream.</summary>
    /// <param name="from">The first stream; null when it has been given back.</param>
    /// <param name="to">Null while it is not known yet.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="end">Whether the message ends with them.</param>
    public void Push(Http2Stream? from, Http2Stream? to, ReadOnlySpan<byte> data, bool end)
    {
        HasEnd |= end;
        _endDue |= end;
        if (_queue.IsEmpty && to is not null)
        {
            var taken = to.SendData(data, end);
            _endDue &= !to.LocalEnded;
            Leave(from, taken);
            data = data[taken..];
        }
        _queue.Append(data);
    }

    /// <summary>Goes on where <see cref="Push"/> could not.</summary>
    /// <returns>Whether nothing waits any more.</returns>
    public bool Drain(Http2Stream? from, Http2Stream to)
    {
        while (!_queue.IsEmpty || _endDue)
        {
            var front = _queue.Front;
            var taken = to.SendData(front, _endDue && front.Length == _queue.Length);
            if (taken > 0)
            {
                _queue.Consume(taken);
                Leave(from, taken);
            }
            _endDue &= !to.LocalEnded;
            if (to.WantsToWrite)
            {
                return false;
            }
        }
        return true;
    }

    private void Leave(Http2Stream? from, int bytes)
    {
        _passed += bytes;
        if (_passed > _credited)
        {
            from?.Credit((int)(_passed - _credited));
            _credited = _passed;
        }
    }
}
