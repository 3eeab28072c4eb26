using System.ComponentModel;
using System.Runtime.InteropServices;
using Mesh.Proxy.Reactor;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Netns;

/// <summary>
/// An open network namespace. While it is open the kernel keeps the namespace, even when no process and no path has it any more, so it
/// must be disposed when its pod is gone. Thread-safe.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly SafeFileHandle _handle;

    private NetworkNamespace(SafeFileHandle handle, ulong inode)
    {
        _handle = handle;
        Inode = inode;
    }

    /// <summary>Tells this namespace from every other one that exists at the same time.</summary>
    public ulong Inode { get; }

    /// <summary>The open descriptor, owned by this object.</summary>
    public SafeFileHandle Handle => _handle;

    /// <param name="path">A path such as <c>/run/netns/name</c> or <c>/proc/7/ns/net</c>.</param>
    /// <exception cref="IOException">The path cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">Not permitted to open it.</exception>
    public static NetworkNamespace Open(string path) =>
        FromDescriptor(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>Takes over <paramref name="descriptor"/>; on failure it is closed.</summary>
    /// <exception cref="IOException">The descriptor cannot be examined.</exception>
    public static NetworkNamespace FromDescriptor(SafeFileHandle descriptor)
    {
        if (NetnsNative.TryGetInode(descriptor, out var inode, out var error))
        {
            return new NetworkNamespace(descriptor, inode);
        }
        descriptor.Dispose();
        throw new IOException($"the network namespace cannot be examined: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>
    /// Runs <paramref name="work"/> on a thread of its own inside the namespace; the thread ends with it, so that nothing else can ever run
    /// there. Sockets made and processes started in it belong to the namespace for good. The work should be short and must not await.
    /// </summary>
    /// <exception cref="IOException">The namespace cannot be entered: it is not one, or CAP_SYS_ADMIN is missing.</exception>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        // Not TaskCreationOptions.None: a continuation must not run on the thread that is in the pod's namespace.
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                var error = NetnsNative.Enter(_handle);
                if (error != 0)
                {
                    throw new IOException(
                        $"cannot enter the pod's network namespace: {new Win32Exception(error).Message}. The proxy needs CAP_SYS_ADMIN.");
                }
                completion.SetResult(work());
            }
            // Whatever the work threw belongs to the caller, who awaits.
            catch (Exception failure)
            {
                completion.SetException(failure);
            }
        })
        {
            IsBackground = true,
            Name = $"netns {Inode}",
        };
        thread.Start();
        return completion.Task;
    }

    /// <summary>Another descriptor of the same namespace, for another owner.</summary>
    /// <exception cref="IOException">No descriptors are left.</exception>
    public SafeFileHandle Duplicate()
    {
        var added = false;
        try
        {
            _handle.DangerousAddRef(ref added);
            return File.OpenHandle(
                $"/proc/self/fd/{_handle.DangerousGetHandle()}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        finally
        {
            if (added)
            {
                _handle.DangerousRelease();
            }
        }
    }

    public void Dispose() => _handle.Dispose();
}
