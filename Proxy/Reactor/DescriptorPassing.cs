using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Reactor;

/// <summary>Sends an open file to another process over a Unix socket (SCM_RIGHTS, unix(7)). 64-bit Linux layouts.</summary>
internal static partial class DescriptorPassing
{
    private const int SolSocket = 1;
    private const int ScmRights = 1;
    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;
    private const int MsgCmsgCloexec = 0x40000000;
    private const int MsgCtrunc = 0x8;
    private const int HeaderSize = 16;
    private const int DescriptorSize = sizeof(int);
    // CMSG_SPACE(sizeof(int)).
    private const int ControlSize = HeaderSize + 8;

    /// <summary>Sends all of <paramref name="data"/> (which must be small: one call) together with <paramref name="file"/>.</summary>
    /// <exception cref="IOException">The other end is gone or took only a part.</exception>
    public static unsafe void Send(Socket socket, ReadOnlySpan<byte> data, SafeFileHandle file)
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            // All pointers below are to this frame or to the pinned span; the kernel keeps none of them.
            fixed (byte* bytes = data)
            {
                var control = stackalloc byte[ControlSize];
                new Span<byte>(control, ControlSize).Clear();
                *(nuint*)control = HeaderSize + DescriptorSize;
                *(int*)(control + 8) = SolSocket;
                *(int*)(control + 12) = ScmRights;
                *(int*)(control + HeaderSize) = (int)file.DangerousGetHandle();
                var part = new IoVector { Base = bytes, Length = (nuint)data.Length };
                var message = new MessageHeader { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
                var sent = SendMessage(socket.SafeHandle, &message, MsgNoSignal);
                if (sent != data.Length)
                {
                    throw new IOException(sent < 0
                        ? $"sendmsg failed: {Marshal.GetLastPInvokeErrorMessage()}"
                        : $"sendmsg sent {sent} of {data.Length} bytes");
                }
            }
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Receives what is there, at most <paramref name="buffer"/>'s length, without waiting. The caller owns <paramref name="file"/>; it is
    /// null when none was sent. Further files than the first are closed.
    /// </summary>
    /// <returns>How many bytes; 0 when the other end has closed; -1 when nothing is there yet.</returns>
    /// <exception cref="IOException">The receive failed.</exception>
    public static unsafe int Receive(Socket socket, Span<byte> buffer, out SafeFileHandle? file)
    {
        const int Eagain = 11;
        file = null;
        fixed (byte* bytes = buffer)
        {
            var control = stackalloc byte[ControlSize];
            new Span<byte>(control, ControlSize).Clear();
            var part = new IoVector { Base = bytes, Length = (nuint)buffer.Length };
            var message = new MessageHeader { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
            var received = (int)ReceiveMessage(socket.SafeHandle, &message, MsgDontWait | MsgCmsgCloexec);
            if (received < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                return error == Eagain ? -1 : throw new IOException($"recvmsg failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }
            // The control buffer has room for exactly one descriptor (and its padding); MSG_CTRUNC tells of more, which the kernel dropped.
            if (message.ControlLength >= HeaderSize + DescriptorSize
                && *(int*)(control + 8) == SolSocket && *(int*)(control + 12) == ScmRights)
            {
                file = new SafeFileHandle(*(int*)(control + HeaderSize), ownsHandle: true);
                var length = (int)*(nuint*)control;
                if (length >= HeaderSize + (2 * DescriptorSize))
                {
                    // A second one fits into the padding.
                    new SafeFileHandle(*(int*)(control + HeaderSize + DescriptorSize), ownsHandle: true).Dispose();
                }
            }
            if ((message.Flags & MsgCtrunc) != 0 && file is null)
            {
                throw new IOException("the descriptor that was sent could not be received (is the limit of open files reached?)");
            }
            return received;
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static unsafe partial nint ReceiveMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
