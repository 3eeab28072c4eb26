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
    /// <summary>Descriptors that one call takes; the kernel's own limit is 253.</summary>
    public const int MaximumFiles = 16;

    // CMSG_SPACE(16 * sizeof(int)).
    private const int ControlSize = HeaderSize + (MaximumFiles * DescriptorSize);

    /// <summary>Sends all of <paramref name="data"/> (which must be small: one call) together with <paramref name="files"/>.</summary>
    /// <exception cref="IOException">The other end is gone or took only a part.</exception>
    public static unsafe void Send(Socket socket, ReadOnlySpan<byte> data, params ReadOnlySpan<SafeHandle> files)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Length, MaximumFiles);
        var held = 0;
        try
        {
            // All pointers below are to this frame or to the pinned span; the kernel keeps none of them.
            fixed (byte* bytes = data)
            {
                var control = stackalloc byte[ControlSize];
                new Span<byte>(control, ControlSize).Clear();
                *(nuint*)control = (nuint)(HeaderSize + (files.Length * DescriptorSize));
                *(int*)(control + 8) = SolSocket;
                *(int*)(control + 12) = ScmRights;
                for (; held < files.Length; held++)
                {
                    var added = false;
                    files[held].DangerousAddRef(ref added);
                    ((int*)(control + HeaderSize))[held] = (int)files[held].DangerousGetHandle();
                }
                var part = new IoVector { Base = bytes, Length = (nuint)data.Length };
                var message = new MessageHeader { Parts = &part, PartCount = 1 };
                if (files.Length > 0)
                {
                    message.Control = control;
                    message.ControlLength = (nuint)((HeaderSize + (files.Length * DescriptorSize) + 7) & ~7);
                }
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
            while (held > 0)
            {
                files[--held].DangerousRelease();
            }
        }
    }

    /// <summary>As the other, for at most one file: further ones are closed.</summary>
    /// <returns>How many bytes; 0 when the other end has closed; -1 when nothing is there yet.</returns>
    /// <exception cref="IOException">The receive failed.</exception>
    public static int Receive(Socket socket, Span<byte> buffer, out SafeFileHandle? file)
    {
        var files = new List<SafeFileHandle>();
        var received = Receive(socket, buffer, files);
        file = files.FirstOrDefault();
        foreach (var further in files.Skip(1))
        {
            further.Dispose();
        }
        return received;
    }

    /// <summary>
    /// Receives what is there, at most <paramref name="buffer"/>'s length, without waiting. The descriptors that came with it are added to
    /// <paramref name="files"/>, and are the caller's.
    /// </summary>
    /// <returns>How many bytes; 0 when the other end has closed; -1 when nothing is there yet.</returns>
    /// <exception cref="IOException">The receive failed.</exception>
    public static unsafe int Receive(Socket socket, Span<byte> buffer, List<SafeFileHandle> files)
    {
        const int Eagain = 11;
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
            // MSG_CTRUNC tells of descriptors that found no room here, or in this process; the kernel has closed those.
            if (message.ControlLength >= HeaderSize + DescriptorSize
                && *(int*)(control + 8) == SolSocket && *(int*)(control + 12) == ScmRights)
            {
                var count = ((int)*(nuint*)control - HeaderSize) / DescriptorSize;
                for (var i = 0; i < count; i++)
                {
                    files.Add(new SafeFileHandle(((int*)(control + HeaderSize))[i], ownsHandle: true));
                }
            }
            if ((message.Flags & MsgCtrunc) != 0 && files.Count == 0)
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
