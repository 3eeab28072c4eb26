using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// One TCP connection on a loop, with or without TLS, and the bytes on their way through it. Owns socket, TLS session and buffers; all are
/// released by <see cref="CloseChannel"/>, exactly once.
/// </summary>
internal abstract class Channel : EventSource, ITimerTarget
{
    private readonly LoopTimer _timer;

    protected Channel(EventLoop loop, NativeSocket socket)
    {
        Loop = loop;
        Socket = socket;
        In = new IoBuffer(loop.Buffers);
        Out = new IoBuffer(loop.Buffers);
        _timer = new LoopTimer(this);
    }

    public EventLoop Loop { get; }

    public NativeSocket Socket { get; }

    public TlsSession? Tls { get; protected set; }

    /// <summary>Read and not yet dealt with.</summary>
    public IoBuffer In { get; }

    /// <summary>To be written.</summary>
    public IoBuffer Out { get; }

    /// <summary>The peer has ended its stream, orderly.</summary>
    public bool ReadEnded { get; private set; }

    /// <summary>The connection is broken.</summary>
    public bool IsBroken { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Our side of the stream has been ended.</summary>
    public bool WriteEnded { get; private set; }

    /// <summary>Application bytes read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Application bytes written so far.</summary>
    public long BytesWritten { get; private set; }

    public abstract void OnTimer();

    public void SetDeadline(TimeSpan fromNow) => Loop.Timers.Set(_timer, Loop.Now + (long)fromNow.TotalMilliseconds);

    public void ClearDeadline() => TimerWheel.Clear(_timer);

    /// <summary>
    /// Reads what there is into <see cref="In"/>, as far as it has room: with TLS several records, so that they leave in one write.
    /// </summary>
    /// <returns>Bytes read; 0: the stream has ended; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>.</returns>
    public int Fill()
    {
        if (IsBroken)
        {
            return IoResult.Failed;
        }
        if (ReadEnded)
        {
            return 0;
        }
        if (!CanRead)
        {
            return IoResult.Again;
        }
        var room = In.Free;
        if (room.IsEmpty)
        {
            return IoResult.Again;
        }
        return Tls is null ? FillPlain(room) : FillTls(room);
    }

    /// <returns>Bytes taken; <see cref="IoResult.Again"/>: offer at least the same bytes again; <see cref="IoResult.Failed"/>.</returns>
    public int Write(ReadOnlySpan<byte> data)
    {
        if (!CanWrite)
        {
            return IsBroken ? IoResult.Failed : IoResult.Again;
        }
        var written = Tls is null ? Socket.Send(data) : Tls.Write(data);
        if (written > 0)
        {
            BytesWritten += written;
            if (Tls is null && written < data.Length)
            {
                CanWrite = false;
            }
        }
        else if (written == IoResult.Again)
        {
            CanWrite = false;
        }
        else
        {
            IsBroken = true;
        }
        return written;
    }

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

    /// <summary>Ends our side of the stream; the peer may go on sending.</summary>
    public void EndWrite()
    {
        if (!WriteEnded)
        {
            WriteEnded = true;
            Tls?.Shutdown();
            Socket.ShutdownWrite();
        }
    }

    public sealed override void OnReady()
    {
        if (IsClosed)
        {
            return;
        }
        if (CanRead)
        {
            Tls?.OnReadable(HungUp);
        }
        OnChannelReady();
    }

    /// <summary>The socket may be readable or writable again, or a deferred turn has come.</summary>
    protected abstract void OnChannelReady();

    /// <summary>Releases everything. With <paramref name="abort"/> the peer sees a reset, so that it does not take a cut for an end.</summary>
    protected void CloseChannel(bool abort)
    {
        if (IsClosed)
        {
            return;
        }
        IsClosed = true;
        Loop.Timers.Remove(_timer);
        Loop.Unwatch(this, Socket.Handle);
        if (!abort && !WriteEnded && !IsBroken)
        {
            Tls?.Shutdown();
        }
        Tls?.Dispose();
        In.Release();
        Out.Release();
        Socket.Close(abort);
    }

    private int FillPlain(Span<byte> room)
    {
        var read = Socket.Receive(room);
        if (read > 0)
        {
            BytesRead += read;
            In.Commit(read);
            if (read < room.Length && !HungUp)
            {
                CanRead = false;
            }
        }
        else
        {
            OnNothingRead(read);
        }
        return read;
    }

    private int FillTls(Span<byte> room)
    {
        var total = 0;
        while (room.Length > 0)
        {
            var read = Tls!.Read(room);
            if (read <= 0)
            {
                OnNothingRead(read);
                return total == 0 ? read : total;
            }
            In.Commit(read);
            BytesRead += read;
            total += read;
            room = room[read..];
            if (Tls.IsDrained)
            {
                CanRead = false;
                break;
            }
        }
        return total;
    }

    private void OnNothingRead(int result)
    {
        CanRead = false;
        In.ReleaseIfEmpty();
        if (result == 0)
        {
            ReadEnded = true;
        }
        else if (result == IoResult.Failed)
        {
            IsBroken = true;
        }
    }
}
