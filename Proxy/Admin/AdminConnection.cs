using System.Net.Sockets;

namespace Mesh.Proxy.Admin;

/// <summary>One connection to the admin port.</summary>
internal sealed class AdminConnection(Socket socket)
{
    public Socket Socket { get; } = socket;

    /// <summary>Done when the connection is closed and nothing more happens with it.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    /// <summary>Whether it was closed to make room.</summary>
    public bool IsClosed { get; private set; }

    public void Close()
    {
        IsClosed = true;
        Socket.Dispose();
    }
}
