using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Testing;

/// <summary>Connections made from inside a pod's network namespace: to the mesh, the pod makes them.</summary>
public static partial class PodNetwork
{
    private const int NewNetworkNamespace = 0x40000000;

    /// <returns>A client whose every connection is made in the namespace called <paramref name="name"/>.</returns>
    public static HttpClient HttpClient(string name, int maxConnections = 1) => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = maxConnections,
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = Socket(name);
            try
            {
                await socket.ConnectAsync(IPAddress.Parse(context.DnsEndPoint.Host), context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    /// <returns>A TCP socket that belongs to the namespace; connecting and using it works from any thread.</returns>
    public static Socket Socket(string name)
    {
        Socket? socket = null;
        Exception? failure = null;
        // A thread of its own, which ends afterwards: a thread-pool thread must never be left in another namespace.
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/run/netns/{name}");
                if (SetNamespace(handle.DangerousGetHandle().ToInt32(), NewNetworkNamespace) != 0)
                {
                    throw new InvalidOperationException($"setns to {name} failed with errno {Marshal.GetLastPInvokeError()}");
                }
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new InvalidOperationException($"No socket in {name}", failure);
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int type);
}
