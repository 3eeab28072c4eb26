using System.Runtime.InteropServices;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>The system calls that .NET has no name for.</summary>
internal static partial class Native
{
    public const int PollIn = 1;
    private const int SetFdFlags = 2;
    private const long PidfdOpenNumber = 434;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>Lets a descriptor live on in the programs this process starts.</summary>
    public static int KeepOnExec(int descriptor) => Fcntl(descriptor, SetFdFlags, 0);

    /// <summary>A descriptor that becomes readable when the process ends; works for processes that are not children.</summary>
    public static int PidfdOpen(int pid) => (int)Syscall(PidfdOpenNumber, pid, 0);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    /// <summary>rename(2) without .NET's own checks, which follow symbolic links.</summary>
    public static void Rename(string from, string to)
    {
        if (RenameNative(from, to) != 0)
        {
            throw new IOException($"cannot rename {from} to {to}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Gives a file or directory to a group; its user stays.</summary>
    public static void SetGroup(string path, uint group)
    {
        if (ChownNative(path, uint.MaxValue, group) != 0)
        {
            throw new IOException($"cannot give {path} to group {group}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChownNative(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameNative(string from, string to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long first, long second);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
