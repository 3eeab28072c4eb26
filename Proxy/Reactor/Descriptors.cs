using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Proxy.Reactor;

/// <summary>What a descriptor is, for handles that came over a Unix socket.</summary>
internal static class Descriptors
{
    /// <summary>The same descriptor as a socket's; <paramref name="file"/> owns it no longer.</summary>
    public static SafeSocketHandle ToSocket(SafeFileHandle file)
    {
        var socket = new SafeSocketHandle(file.DangerousGetHandle(), ownsHandle: true);
        file.SetHandleAsInvalid();
        return socket;
    }
}
