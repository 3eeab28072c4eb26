using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>A loopback address that connections of several <see cref="TlsPair"/>s go to.</summary>
internal sealed class TlsServer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public TlsServer()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen(8);
        Address = SocketEndpoint.From((IPEndPoint)_socket.LocalEndPoint!);
    }

    public SocketEndpoint Address { get; }

    public NativeSocket Accept() =>
        NativeSocket.Accept((int)_socket.Handle, out _) ?? throw new InvalidOperationException("nobody connected");

    public void Dispose() => _socket.Dispose();
}
