using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.NetworkRules;

namespace Mesh.Proxy.Netns;

/// <summary>
/// The listening sockets that a pod's traffic is redirected to, made inside its network namespace. Whoever takes the handles over owns
/// them; only if nobody does they are closed here.
/// </summary>
internal sealed class PodListeners(IReadOnlyList<SafeSocketHandle> outbound, IReadOnlyList<SafeSocketHandle> inbound) : IDisposable
{
    private const int Backlog = 4096;

    /// <summary>For what the pod connects to.</summary>
    public IReadOnlyList<SafeSocketHandle> Outbound { get; } = outbound;

    /// <summary>For what connects to the pod.</summary>
    public IReadOnlyList<SafeSocketHandle> Inbound { get; } = inbound;

    /// <exception cref="SocketException">A port is taken inside the pod, or memory or descriptors are lacking.</exception>
    /// <exception cref="IOException">The namespace cannot be entered.</exception>
    public static Task<PodListeners> OpenAsync(NetworkNamespace netns) => netns.RunAsync(() =>
    {
        var handles = new List<SafeSocketHandle>();
        try
        {
            var outbound = Listen(RedirectRules.OutboundPort, handles);
            var inbound = Listen(RedirectRules.InboundPort, handles);
            return new PodListeners(outbound, inbound);
        }
        catch
        {
            handles.ForEach(handle => handle.Dispose());
            throw;
        }
    });

    /// <summary>Closes the sockets. Not to be called once somebody has taken the handles over.</summary>
    public void Dispose()
    {
        foreach (var handle in Outbound.Concat(Inbound))
        {
            handle.Dispose();
        }
    }

    // One socket per family: an IPv6 socket that takes both would need the original destination asked for differently.
    private static List<SafeSocketHandle> Listen(int port, List<SafeSocketHandle> all)
    {
        var handles = new List<SafeSocketHandle>();
        foreach (var any in (IPAddress[])[IPAddress.Any, IPAddress.IPv6Any])
        {
            if (any == IPAddress.IPv6Any && !Directory.Exists("/proc/sys/net/ipv6"))
            {
                continue;
            }
            var socket = new Socket(any.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            // Only the handle goes on living, and belongs to whoever takes it: a collected Socket would close it.
            GC.SuppressFinalize(socket);
            all.Add(socket.SafeHandle);
            if (any == IPAddress.IPv6Any)
            {
                socket.DualMode = false;
            }
            // Connections of the proxy before a restart may still be in TIME_WAIT on the port.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(any, port));
            socket.Listen(Backlog);
            socket.Blocking = false;
            handles.Add(socket.SafeHandle);
        }
        return handles;
    }
}
