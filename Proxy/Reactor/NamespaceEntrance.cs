using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// Makes sockets inside other network namespaces. A socket keeps the namespace it was made in, so the calling thread enters, makes the
/// socket and leaves again. Belongs to one native thread (a loop's), whose own namespace it remembers.
/// </summary>
internal sealed class NamespaceEntrance : IDisposable
{
    private readonly SafeFileHandle _own = File.OpenHandle("/proc/thread-self/ns/net");

    /// <summary>Makes a socket in <paramref name="networkNamespace"/>, or in the thread's own when null.</summary>
    /// <exception cref="IOException">The namespace cannot be entered, or the socket not made.</exception>
    public NativeSocket Open(SafeFileHandle? networkNamespace, IpValue towards, int mark)
    {
        if (networkNamespace is null)
        {
            return NativeSocket.Open(towards, mark);
        }
        if (Libc.setns((int)networkNamespace.DangerousGetHandle(), Libc.CloneNewNet) != 0)
        {
            throw new IOException(
                $"setns: {Marshal.GetLastPInvokeErrorMessage()}. The proxy needs CAP_SYS_ADMIN, and the pod must still exist.");
        }
        try
        {
            return NativeSocket.Open(towards, mark);
        }
        finally
        {
            if (Libc.setns((int)_own.DangerousGetHandle(), Libc.CloneNewNet) != 0)
            {
                // A loop left in a pod's namespace would connect for other pods from there: nothing it does can be trusted any more.
                Environment.FailFast($"A loop cannot leave a pod's network namespace: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }

    public void Dispose() => _own.Dispose();
}
