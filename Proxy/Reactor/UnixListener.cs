using System.Net.Sockets;

namespace Mesh.Proxy.Reactor;

/// <summary>Listening Unix sockets that only root can connect to.</summary>
internal static class UnixListener
{
    /// <summary>
    /// Listens at <paramref name="path"/>, in place of whoever listened there before: the socket is made under another name, and appears
    /// at its own complete and with its mode. Closing it leaves the path, which may lead to another process's socket by then.
    /// </summary>
    /// <exception cref="SocketException">The path is too long, or its directory is not there.</exception>
    public static Socket Bind(string path)
    {
        var unfinished = $"{path}.{Environment.ProcessId}";
        File.Delete(unfinished);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(unfinished));
            File.SetUnixFileMode(unfinished, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(64);
            File.Move(unfinished, path, overwrite: true);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }
}
