using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// Changes the routing of the calling thread's network namespace, by rtnetlink(7): what <c>ip rule</c> and <c>ip route</c> do, without a
/// process per change and without needing iproute2. Calls take microseconds and answer with errno (0: done). One thread at a time.
/// </summary>
internal sealed unsafe partial class RouteNetlink : IDisposable
{
    public const int NotThere = 2;
    public const int NoSuchProcess = 3;
    public const int AlreadyThere = 17;
    private const int AfNetlink = 16;
    private const int SockRaw = 3;
    private const ushort NewRoute = 24;
    private const ushort DeleteRoute = 25;
    private const ushort NewRule = 32;
    private const ushort DeleteRule = 33;
    private const ushort Request = 0x1;
    private const ushort Acknowledge = 0x4;
    private const ushort Exclusive = 0x200;
    private const ushort Create = 0x400;
    private const ushort ErrorMessage = 2;
    private const byte RuleToTable = 1;
    private const ushort RulePriority = 6;
    private const ushort RuleMark = 10;
    private const ushort RuleTable = 15;
    private const byte RouteTableElsewhere = 252;
    private const byte RouteProtocolStatic = 4;
    private const byte RouteScopeHost = 254;
    private const byte RouteLocal = 2;
    private const ushort RouteInterface = 4;
    private const ushort RouteTable = 15;

    // Every network namespace has its loopback interface first.
    private const uint Loopback = 1;
    private const int HeaderSize = 16;
    private const int BadMessage = 74;
    private readonly SafeFileHandle _socket;
    private readonly byte[] _message = new byte[128];
    private int _length;
    private uint _sequence;

    private RouteNetlink(SafeFileHandle socket) => _socket = socket;

    /// <exception cref="IOException">The system gives no socket.</exception>
    public static RouteNetlink Open()
    {
        var socket = Socket(AfNetlink, SockRaw | Libc.SockCloseOnExec, 0);
        return socket.IsInvalid
            ? throw new IOException($"a netlink socket cannot be made: {Marshal.GetLastPInvokeErrorMessage()}")
            : new RouteNetlink(socket);
    }

    /// <summary>Packets with <paramref name="mark"/> are routed by <paramref name="table"/>.</summary>
    /// <returns>0, <see cref="AlreadyThere"/>, or another errno.</returns>
    public int AddMarkRule(bool v6, uint mark, uint table) => SendRule(NewRule, Create | Exclusive, v6, mark, table);

    /// <returns>0, <see cref="NotThere"/>, or another errno.</returns>
    public int RemoveMarkRule(bool v6, uint mark, uint table) => SendRule(DeleteRule, 0, v6, mark, table);

    /// <summary>Every address is this machine's own, for packets routed by <paramref name="table"/>.</summary>
    /// <returns>0, <see cref="AlreadyThere"/>, or another errno.</returns>
    public int AddLocalDefault(bool v6, uint table) => SendRoute(NewRoute, Create | Exclusive, v6, table);

    /// <returns>0, <see cref="NoSuchProcess"/> when there is none, or another errno.</returns>
    public int RemoveLocalDefault(bool v6, uint table) => SendRoute(DeleteRoute, 0, v6, table);

    public void Dispose() => _socket.Dispose();

    // struct fib_rule_hdr, then attributes.
    private int SendRule(ushort type, int flags, bool v6, uint mark, uint table)
    {
        Begin(type, flags);
        Append([Family(v6), 0, 0, 0, 0, 0, 0, RuleToTable, 0, 0, 0, 0]);
        // The mark for priority: low enough a number to come before the tables main and default, and recognizable.
        AppendAttribute(RulePriority, mark);
        AppendAttribute(RuleMark, mark);
        AppendAttribute(RuleTable, table);
        return Exchange();
    }

    // struct rtmsg, then attributes.
    private int SendRoute(ushort type, int flags, bool v6, uint table)
    {
        Begin(type, flags);
        Append([Family(v6), 0, 0, 0, RouteTableElsewhere, RouteProtocolStatic, RouteScopeHost, RouteLocal, 0, 0, 0, 0]);
        AppendAttribute(RouteTable, table);
        AppendAttribute(RouteInterface, Loopback);
        return Exchange();
    }

    private static byte Family(bool v6) => v6 ? (byte)Libc.AfInet6 : (byte)Libc.AfInet;

    // struct nlmsghdr; netlink speaks the machine's own byte order.
    private void Begin(ushort type, int flags)
    {
        Array.Clear(_message);
        MemoryMarshal.Write(_message.AsSpan(4), type);
        MemoryMarshal.Write(_message.AsSpan(6), (ushort)(Request | Acknowledge | flags));
        MemoryMarshal.Write(_message.AsSpan(8), ++_sequence);
        _length = HeaderSize;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_message.AsSpan(_length));
        _length += bytes.Length;
    }

    private void AppendAttribute(ushort type, uint value)
    {
        MemoryMarshal.Write(_message.AsSpan(_length), (ushort)8);
        MemoryMarshal.Write(_message.AsSpan(_length + 2), type);
        MemoryMarshal.Write(_message.AsSpan(_length + 4), value);
        _length += 8;
    }

    private int Exchange()
    {
        MemoryMarshal.Write(_message, _length);
        // The kernel answers a request before send returns; the answer repeats the request, which fits the buffer twice over.
        var answer = stackalloc byte[512];
        fixed (byte* message = _message)
        {
            if (Send(_socket, message, _length, 0) != _length)
            {
                return Marshal.GetLastPInvokeError();
            }
        }
        while (true)
        {
            var count = Receive(_socket, answer, 512, 0);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EIntr)
            {
                continue;
            }
            if (count < HeaderSize + sizeof(int))
            {
                return count < 0 ? Marshal.GetLastPInvokeError() : BadMessage;
            }
            var bytes = new ReadOnlySpan<byte>(answer, (int)count);
            if (MemoryMarshal.Read<ushort>(bytes[4..]) == ErrorMessage && MemoryMarshal.Read<uint>(bytes[8..]) == _sequence)
            {
                return -MemoryMarshal.Read<int>(bytes[HeaderSize..]);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial SafeFileHandle Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeFileHandle socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeFileHandle socket, byte* buffer, nint length, int flags);
}
