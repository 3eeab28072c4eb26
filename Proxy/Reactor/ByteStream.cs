namespace Mesh.Proxy.Reactor;

/// <summary>
/// Two directions of bytes on a loop, with what is on its way through them: a socket (<see cref="Channel"/>), or one stream of a connection
/// that several share. Buffers are released by <see cref="Close"/>, exactly once.
/// </summary>
internal abstract class ByteStream : EventSource, ITimerTarget
{
    private readonly LoopTimer _timer;

    protected ByteStream(EventLoop loop)
    {
        Loop = loop;
        In = new IoBuffer(loop.Buffers);
        Out = new IoBuffer(loop.Buffers);
        _timer = new LoopTimer(this);
    }

    public EventLoop Loop { get; }

    /// <summary>Told of everything that happens; set before the stream is watched.</summary>
    public IStreamOwner? Owner { get; set; }

    /// <summary>Read and not yet dealt with.</summary>
    public IoBuffer In { get; }

    /// <summary>To be written.</summary>
    public IoBuffer Out { get; }

    /// <summary>The peer has ended its direction, orderly.</summary>
    public bool ReadEnded { get; protected set; }

    /// <summary>The stream is broken.</summary>
    public bool IsBroken { get; protected set; }

    public bool IsClosed { get; private set; }

    /// <summary>Our direction has been ended.</summary>
    public bool WriteEnded { get; private set; }

    /// <summary>Application bytes read so far.</summary>
    public long BytesRead { get; protected set; }

    /// <summary>Application bytes written so far.</summary>
    public long BytesWritten { get; protected set; }

    /// <summary>Whether it is known to be broken, whoever has tried to use it or not.</summary>
    public virtual bool IsLost => IsBroken;

    /// <summary>Why it broke, where that is known.</summary>
    public virtual string? Failure => null;

    public void SetDeadline(TimeSpan fromNow) => Loop.Timers.Set(_timer, Loop.Now + (long)fromNow.TotalMilliseconds);

    public void ClearDeadline() => TimerWheel.Clear(_timer);

    /// <summary>Reads what there is into <see cref="In"/>, as far as it has room.</summary>
    /// <returns>Bytes read; 0: the stream has ended; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>.</returns>
    public abstract int Fill();

    /// <returns>Bytes taken; <see cref="IoResult.Again"/>: offer at least the same bytes again; <see cref="IoResult.Failed"/>.</returns>
    public abstract int Write(ReadOnlySpan<byte> data);

    /// <summary>Writes <see cref="Out"/>.</summary>
    /// <returns>1 when it is empty now; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>.</returns>
    public int Flush()
    {
        while (!Out.IsEmpty)
        {
            var written = Write(Out.Data);
            if (written < 0)
            {
                return written;
            }
            Out.Consume(written);
        }
        Out.ReleaseIfEmpty();
        return 1;
    }

    /// <summary>Ends our direction; the peer may go on sending.</summary>
    public void EndWrite()
    {
        if (!WriteEnded)
        {
            WriteEnded = true;
            OnEndWrite();
        }
    }

    /// <summary>Releases everything. With <paramref name="abort"/> the peer sees a reset, so that it does not take a cut for an end.</summary>
    public void Close(bool abort)
    {
        if (IsClosed)
        {
            return;
        }
        IsClosed = true;
        Loop.Timers.Remove(_timer);
        OnClose(abort);
        In.Release();
        Out.Release();
    }

    public void OnTimer() => Owner?.OnTimer();

    public override void OnReady()
    {
        if (!IsClosed)
        {
            Owner?.OnStreamReady();
        }
    }

    public override void OnFault(Exception exception)
    {
        if (Owner is { } owner)
        {
            owner.OnFault(exception);
        }
        else
        {
            Close(abort: true);
        }
    }

    protected abstract void OnEndWrite();

    /// <summary>Called once by <see cref="Close"/>, before the buffers go.</summary>
    protected abstract void OnClose(bool abort);
}
