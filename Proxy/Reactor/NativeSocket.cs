using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// A non-blocking TCP socket. Owns its descriptor until <see cref="Close"/>, which its owner calls exactly once, on the loop the socket
/// is registered with: a descriptor closed elsewhere could be reused while the loop still has events for it.
/// </summary>
internal sealed unsafe class NativeSocket
{
    private const int ConnectionAborted = 103;
    private int _fd;

    private NativeSocket(int fd) => _fd = fd;

    /// <summary>The descriptor; -1 once closed. For registration and for TLS only.</summary>
    public int Handle => _fd;

    /// <summary>errno of the last call that failed.</summary>
    public int LastError { get; private set; }

    /// <summary>Makes a socket in the calling thread's network namespace.</summary>
    /// <exception cref="IOException">The system refused, for instance because too many files are open.</exception>
    public static NativeSocket Open(IpValue towards, int mark)
    {
        var fd = Libc.socket(
            towards.IsV4 ? Libc.AfInet : Libc.AfInet6, Libc.SockStream | Libc.SockNonBlock | Libc.SockCloseOnExec, 0);
        if (fd < 0)
        {
            throw new IOException($"socket: {Marshal.GetLastPInvokeErrorMessage()}. Raise the limit of open files if it is reached.");
        }
        var socket = new NativeSocket(fd);
        if (mark != 0 && !socket.Set(Libc.SolSocket, Libc.SoMark, mark))
        {
            var error = Marshal.GetPInvokeErrorMessage(socket.LastError);
            socket.Close();
            throw new IOException($"SO_MARK: {error}. The proxy needs CAP_NET_ADMIN in the pod's network namespace.");
        }
        return socket;
    }

    /// <summary>Makes a descriptor non-blocking: one blocking call would hold up a whole loop.</summary>
    public static void SetNonBlocking(int fd) =>
        _ = Libc.fcntl(fd, Libc.FcntlSetFlags, Libc.fcntl(fd, Libc.FcntlGetFlags, 0) | Libc.SockNonBlock);

    /// <returns>Null when nobody is waiting, or on an error (see <paramref name="error"/>: 0 or errno).</returns>
    public static NativeSocket? Accept(int listener, out int error)
    {
        while (true)
        {
            var fd = Libc.accept4(listener, null, null, Libc.SockNonBlock | Libc.SockCloseOnExec);
            if (fd >= 0)
            {
                error = 0;
                return new NativeSocket(fd);
            }
            error = Marshal.GetLastSystemError();
            if (error is Libc.EIntr or ConnectionAborted)
            {
                continue;
            }
            if (error == Libc.EAgain)
            {
                error = 0;
            }
            return null;
        }
    }

    /// <summary>
    /// Gives a connection that is going to be made from here somebody else's address (IP_TRANSPARENT), with a port of the kernel's choice.
    /// Answers come back only where the namespace's rules send them to this machine (<c>SourceAddressSetup</c>).
    /// </summary>
    /// <returns>False when the kernel refuses (<see cref="LastError"/>); the socket can be used all the same, from its own address.</returns>
    public bool TryBindTransparent(IpValue source)
    {
        var accepted = source.IsV4 ? Set(Libc.SolIp, Libc.IpTransparent, 1) : Set(Libc.SolIp6, Libc.Ip6Transparent, 1);
        // The port is chosen in connect, when the other end is known: 28,000 connections per client and port instead of altogether.
        if (!accepted || !Set(Libc.SolIp, Libc.IpBindAddressNoPort, 1))
        {
            return false;
        }
        Libc.SocketAddressBytes address = default;
        var length = Write(new SocketEndpoint(source, 0), ref address);
        if (Libc.bind(_fd, &address, length) == 0)
        {
            return true;
        }
        LastError = Marshal.GetLastSystemError();
        return false;
    }

    /// <returns>True when connected or on the way; false when refused at once (<see cref="LastError"/>).</returns>
    public bool Connect(SocketEndpoint endpoint)
    {
        Libc.SocketAddressBytes address = default;
        var length = Write(endpoint, ref address);
        if (Libc.connect(_fd, &address, length) == 0)
        {
            return true;
        }
        LastError = Marshal.GetLastSystemError();
        return LastError is Libc.EInProgress or Libc.EIntr;
    }

    /// <returns>Bytes read; 0: end of stream; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>.</returns>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = Libc.recv(_fd, start, buffer.Length, 0);
                if (count >= 0)
                {
                    return (int)count;
                }
                LastError = Marshal.GetLastSystemError();
                if (LastError != Libc.EIntr)
                {
                    return LastError == Libc.EAgain ? IoResult.Again : IoResult.Failed;
                }
            }
        }
    }

    /// <returns>Bytes taken, perhaps fewer than given; <see cref="IoResult.Again"/>; <see cref="IoResult.Failed"/>.</returns>
    public int Send(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            while (true)
            {
                var count = Libc.send(_fd, start, data.Length, Libc.MsgNoSignal);
                if (count >= 0)
                {
                    return (int)count;
                }
                LastError = Marshal.GetLastSystemError();
                if (LastError != Libc.EIntr)
                {
                    return LastError == Libc.EAgain ? IoResult.Again : IoResult.Failed;
                }
            }
        }
    }

    public void ShutdownWrite() => Libc.shutdown(_fd, Libc.ShutWrite);

    /// <summary>The outcome of a connect that has become writable: 0, or errno.</summary>
    public int TakeError()
    {
        int error;
        uint length = sizeof(int);
        return Libc.getsockopt(_fd, Libc.SolSocket, Libc.SoError, &error, &length) == 0 ? error : Marshal.GetLastSystemError();
    }

    public void SetNoDelay() => Set(Libc.SolTcp, Libc.TcpNoDelay, 1);

    /// <summary>
    /// Finds dead peers: gives up on a connection when sent bytes, or the probes of an idle one, have been unanswered for
    /// <paramref name="unacknowledged"/>. Idle ones are probed well before that time: when a path breaks, all connections over it are found
    /// dead at about the same time, rather than each by a request of its own that waits for it, one after the other.
    /// </summary>
    public void SetKeepAlive(TimeSpan unacknowledged)
    {
        Set(Libc.SolSocket, Libc.SoKeepAlive, 1);
        Set(Libc.SolTcp, Libc.TcpKeepIdle, 4);
        Set(Libc.SolTcp, Libc.TcpKeepInterval, 2);
        Set(Libc.SolTcp, Libc.TcpKeepCount, 3);
        Set(Libc.SolTcp, Libc.TcpUserTimeout, (int)unacknowledged.TotalMilliseconds);
    }

    public bool TryGetPeer(out SocketEndpoint endpoint)
    {
        Libc.SocketAddressBytes address = default;
        var length = (uint)sizeof(Libc.SocketAddressBytes);
        endpoint = default;
        return Libc.getpeername(_fd, &address, &length) == 0 && TryRead(ref address, out endpoint);
    }

    public bool TryGetLocal(out SocketEndpoint endpoint)
    {
        Libc.SocketAddressBytes address = default;
        var length = (uint)sizeof(Libc.SocketAddressBytes);
        endpoint = default;
        return Libc.getsockname(_fd, &address, &length) == 0 && TryRead(ref address, out endpoint);
    }

    /// <summary>Where the connection went before the firewall redirected it (SO_ORIGINAL_DST).</summary>
    public bool TryGetOriginalDestination(out SocketEndpoint endpoint)
    {
        Libc.SocketAddressBytes address = default;
        var length = (uint)sizeof(Libc.SocketAddressBytes);
        endpoint = default;
        if (Libc.getsockopt(_fd, Libc.SolIp, Libc.SoOriginalDestination, &address, &length) == 0)
        {
            return TryRead(ref address, out endpoint);
        }
        length = (uint)sizeof(Libc.SocketAddressBytes);
        return Libc.getsockopt(_fd, Libc.SolIp6, Libc.SoOriginalDestination, &address, &length) == 0 && TryRead(ref address, out endpoint);
    }

    /// <summary>Closes the socket; with <paramref name="abort"/> the peer sees a reset instead of an orderly end.</summary>
    public void Close(bool abort = false)
    {
        if (_fd < 0)
        {
            return;
        }
        if (abort)
        {
            var linger = stackalloc int[2] { 1, 0 };
            _ = Libc.setsockopt(_fd, Libc.SolSocket, Libc.SoLinger, linger, 2 * sizeof(int));
        }
        _ = Libc.close(_fd);
        _fd = -1;
    }

    private static uint Write(SocketEndpoint endpoint, ref Libc.SocketAddressBytes address)
    {
        fixed (byte* start = address.Bytes)
        {
            var bytes = new Span<byte>(start, sizeof(Libc.SocketAddressBytes));
            BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], endpoint.Port);
            if (endpoint.Ip.IsV4)
            {
                MemoryMarshal.Write(bytes, (ushort)Libc.AfInet);
                BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], endpoint.Ip.V4);
                return 16;
            }
            MemoryMarshal.Write(bytes, (ushort)Libc.AfInet6);
            BinaryPrimitives.WriteUInt128BigEndian(bytes[8..], endpoint.Ip.Bits);
            return 28;
        }
    }

    private static bool TryRead(ref Libc.SocketAddressBytes address, out SocketEndpoint endpoint)
    {
        endpoint = default;
        fixed (byte* start = address.Bytes)
        {
            var bytes = new ReadOnlySpan<byte>(start, sizeof(Libc.SocketAddressBytes));
            var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            switch (MemoryMarshal.Read<ushort>(bytes))
            {
                case Libc.AfInet:
                    endpoint = new SocketEndpoint(IpValue.FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..])), port);
                    return true;
                case Libc.AfInet6:
                    endpoint = new SocketEndpoint(IpValue.FromV6(bytes.Slice(8, 16)), port);
                    return true;
                default:
                    return false;
            }
        }
    }

    private bool Set(int level, int option, int value)
    {
        if (Libc.setsockopt(_fd, level, option, &value, sizeof(int)) == 0)
        {
            return true;
        }
        LastError = Marshal.GetLastSystemError();
        return false;
    }
}
