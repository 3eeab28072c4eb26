using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Reactor;

/// <summary>One TCP connection on a loop, with or without TLS. Owns socket and TLS session.</summary>
internal sealed class Channel(EventLoop loop, NativeSocket socket) : ByteStream(loop)
{
    public NativeSocket Socket { get; } = socket;

    /// <summary>Set when a handshake begins; the channel disposes of it.</summary>
    public TlsSession? Tls { get; set; }

    public override bool IsLost => IsBroken || HasBroken;

    public override string? Failure => Tls?.Failure;

    /// <summary>Has the loop report readiness to the owner from now on.</summary>
    /// <returns>False when epoll takes no more.</returns>
    public bool TryWatch() => Loop.Watch(this, Socket.Handle);

    /// <summary>Lets nothing more through, as if the connection had broken; the owner finds out in a turn of its own.</summary>
    public void Break()
    {
        IsBroken = true;
        CanRead = true;
        Loop.Defer(this);
    }

    /// <summary>
    /// Reads what there is into <see cref="ByteStream.In"/>: with TLS several records, so that they leave in one write.
    /// </summary>
    public override int Fill()
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

    public override int Write(ReadOnlySpan<byte> data)
    {
        if (IsBroken || !CanWrite)
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

    public override void OnReady()
    {
        if (!IsClosed && CanRead)
        {
            Tls?.OnReadable(HungUp);
        }
        base.OnReady();
    }

    protected override void OnEndWrite()
    {
        Tls?.Shutdown();
        Socket.ShutdownWrite();
    }

    protected override void OnClose(bool abort)
    {
        Loop.Unwatch(this, Socket.Handle);
        if (!abort && !WriteEnded && !IsBroken)
        {
            Tls?.Shutdown();
        }
        Tls?.Dispose();
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
