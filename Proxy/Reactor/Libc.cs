using System.Runtime.InteropServices;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// The system calls of the data plane. Calls that cannot block and are made per event keep the thread in cooperative mode
/// (<c>SuppressGCTransition</c>, measured at 20-30 ns a call); errno is read with <see cref="Marshal.GetLastSystemError"/> directly after.
/// </summary>
internal static unsafe class Libc
{
    public const int AfInet = 2;
    public const int AfInet6 = 10;
    public const int SockStream = 1;
    public const int SockNonBlock = 0x800;
    public const int SockCloseOnExec = 0x80000;
    public const int SolSocket = 1;
    public const int SolIp = 0;
    public const int SolIp6 = 41;
    public const int SolTcp = 6;
    public const int SoReuseAddress = 2;
    public const int SoError = 4;
    public const int SoKeepAlive = 9;
    public const int SoLinger = 13;
    public const int SoMark = 36;
    public const int SoOriginalDestination = 80;
    public const int IpTransparent = 19;
    public const int IpBindAddressNoPort = 24;
    public const int Ip6Transparent = 75;
    public const int TcpNoDelay = 1;
    public const int TcpKeepIdle = 4;
    public const int TcpKeepInterval = 5;
    public const int TcpKeepCount = 6;
    public const int TcpUserTimeout = 18;
    public const int MsgNoSignal = 0x4000;
    public const int MsgMore = 0x8000;
    public const int ShutWrite = 1;
    public const int EIntr = 4;
    public const int EAgain = 11;
    public const int EInProgress = 115;
    public const uint EpollIn = 0x1;
    public const uint EpollOut = 0x4;
    public const uint EpollErr = 0x8;
    public const uint EpollHup = 0x10;
    public const uint EpollReadHup = 0x2000;
    public const uint EpollExclusive = 1u << 28;
    public const uint EpollEdge = 1u << 31;
    public const int EpollAdd = 1;
    public const int EpollDelete = 2;
    public const int EpollCloseOnExec = 0x80000;
    public const int EventNonBlock = 0x800;
    public const int FcntlGetFlags = 3;
    public const int FcntlSetFlags = 4;
    public const int CloneNewNet = 0x40000000;
    private const string Library = "libc";

    /// <summary>struct epoll_event, packed on x86-64 and naturally aligned elsewhere.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct EpollEvent
    {
        public uint Events;
        public uint DataLow;
        public uint DataHigh;
    }

    /// <summary>struct sockaddr_in6, which is also room enough for sockaddr_in.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SocketAddressBytes
    {
        public fixed byte Bytes[28];
    }

    [DllImport(Library, SetLastError = true)]
    public static extern int socket(int domain, int type, int protocol);

    [DllImport(Library), SuppressGCTransition]
    public static extern int accept4(int fd, void* address, uint* length, int flags);

    [DllImport(Library), SuppressGCTransition]
    public static extern int connect(int fd, void* address, uint length);

    [DllImport(Library), SuppressGCTransition]
    public static extern int bind(int fd, void* address, uint length);

    [DllImport(Library), SuppressGCTransition]
    public static extern nint recv(int fd, byte* buffer, nint length, int flags);

    [DllImport(Library), SuppressGCTransition]
    public static extern nint send(int fd, byte* buffer, nint length, int flags);

    [DllImport(Library), SuppressGCTransition]
    public static extern int close(int fd);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shutdown(int fd, int how);

    [DllImport(Library), SuppressGCTransition]
    public static extern int setsockopt(int fd, int level, int option, void* value, uint length);

    [DllImport(Library), SuppressGCTransition]
    public static extern int getsockopt(int fd, int level, int option, void* value, uint* length);

    [DllImport(Library), SuppressGCTransition]
    public static extern int getpeername(int fd, void* address, uint* length);

    [DllImport(Library), SuppressGCTransition]
    public static extern int getsockname(int fd, void* address, uint* length);

    [DllImport(Library), SuppressGCTransition]
    public static extern int fcntl(int fd, int command, int argument);

    [DllImport(Library, SetLastError = true)]
    public static extern int epoll_create1(int flags);

    [DllImport(Library), SuppressGCTransition]
    public static extern int epoll_ctl(int epoll, int operation, int fd, EpollEvent* change);

    [DllImport(Library, SetLastError = true)]
    public static extern int epoll_wait(int epoll, EpollEvent* events, int count, int milliseconds);

    [DllImport(Library, SetLastError = true)]
    public static extern int eventfd(uint initial, int flags);

    [DllImport(Library), SuppressGCTransition]
    public static extern nint read(int fd, void* buffer, nint length);

    [DllImport(Library), SuppressGCTransition]
    public static extern nint write(int fd, void* buffer, nint length);

    [DllImport(Library, SetLastError = true)]
    public static extern int setns(int fd, int type);
}
