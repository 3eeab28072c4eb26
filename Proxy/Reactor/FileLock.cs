using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// An exclusive lock on a file (flock(2)). It belongs to the open file and not to the process: a process that is passed
/// <see cref="Handle"/> holds the lock too, and it ends when the last descriptor is closed, at the latest with the last process.
/// (<see cref="FileShare.None"/> would not do: .NET unlocks explicitly when it closes, and so for the other process as well.)
/// </summary>
internal sealed partial class FileLock : IDisposable
{
    private const int ReadWrite = 0x2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int OwnerOnly = 0x180;
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private const int WouldBlock = 11;

    private FileLock(SafeFileHandle handle) => Handle = handle;

    /// <summary>The open file, owned by this object.</summary>
    public SafeFileHandle Handle { get; }

    /// <returns>Null when somebody has it.</returns>
    /// <exception cref="IOException">The file cannot be opened or locked.</exception>
    public static FileLock? TryTake(string path)
    {
        var handle = Open(path, ReadWrite | Create | CloseOnExec, OwnerOnly);
        if (handle.IsInvalid)
        {
            throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        if (Lock(handle, Exclusive | NonBlocking) == 0)
        {
            return new FileLock(handle);
        }
        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == WouldBlock ? null : throw new IOException($"{path} cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>The lock of another process that has passed its descriptor.</summary>
    public static FileLock Share(SafeFileHandle passed) => new(passed);

    public void Dispose() => Handle.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
}
