using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Reactor;

/// <summary>The two system calls that network namespaces need and .NET does not offer.</summary>
internal static partial class NetnsNative
{
    private const int CloneNewNet = 0x40000000;
    private const int AtEmptyPath = 0x1000;
    private const uint StatxIno = 0x100;
    private const int StatxSize = 256;
    private const int StatxInoOffset = 32;

    /// <summary>
    /// Moves the calling thread, and only it, into the namespace. The thread must be one that ends afterwards: a pool thread would go on
    /// with somebody else's work in a pod's network.
    /// </summary>
    /// <returns>0, or the error number.</returns>
    public static int Enter(SafeFileHandle netns) => SetNamespace(netns, CloneNewNet) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>The inode by which the kernel tells namespaces apart, for as long as the machine is up.</summary>
    /// <returns>False with the error number when the descriptor cannot be examined.</returns>
    public static unsafe bool TryGetInode(SafeFileHandle netns, out ulong inode, out int error)
    {
        // The kernel writes one struct statx (256 bytes on every architecture) into this buffer, which lives as long as the call.
        var buffer = stackalloc byte[StatxSize];
        if (Statx(netns, string.Empty, AtEmptyPath, StatxIno, buffer) != 0)
        {
            inode = 0;
            error = Marshal.GetLastPInvokeError();
            return false;
        }
        inode = *(ulong*)(buffer + StatxInoOffset);
        error = 0;
        return true;
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, byte* buffer);
}
