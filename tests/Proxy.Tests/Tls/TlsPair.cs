using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>Two ends of a loopback connection with a session each, driven by the calling thread.</summary>
internal sealed class TlsPair : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly NativeSocket _clientSocket;
    private readonly NativeSocket _serverSocket;

    private TlsPair(TlsContext client, TlsContext server, MeshProtocol offer)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var address = SocketEndpoint.TryCreate("127.0.0.1", (uint)((IPEndPoint)listener.LocalEndPoint!).Port, out var endpoint)
            ? endpoint : throw new InvalidOperationException("no loopback");
        _clientSocket = NativeSocket.Open(address.Ip, 0);
        Assert.True(_clientSocket.Connect(address));
        _serverSocket = NativeSocket.Accept((int)listener.Handle, out _) ?? throw new InvalidOperationException("nobody connected");
        NativeSocket.SetNonBlocking(_serverSocket.Handle);
        Client = TlsSession.TryConnect(client, _clientSocket, offer) ?? throw new InvalidOperationException("context gone");
        Server = TlsSession.TryAccept(server, _serverSocket, []) ?? throw new InvalidOperationException("context gone");
    }

    public TlsSession Client { get; }

    public TlsSession Server { get; }

    public HandshakeStatus ClientStatus { get; private set; }

    public HandshakeStatus ServerStatus { get; private set; }

    /// <summary>Connects and shakes hands until neither side can go on.</summary>
    public static TlsPair Connect(TlsContext client, TlsContext server, MeshProtocol offer = MeshProtocol.Stream)
    {
        var pair = new TlsPair(client, server, offer);
        var start = TimeProvider.System.GetTimestamp();
        while (pair.ClientStatus == HandshakeStatus.InProgress || pair.ServerStatus == HandshakeStatus.InProgress)
        {
            pair.Step();
            if (pair.ClientStatus == HandshakeStatus.Failed && pair.ServerStatus == HandshakeStatus.InProgress)
            {
                pair._clientSocket.ShutdownWrite();
            }
            if (pair.ServerStatus == HandshakeStatus.Failed && pair.ClientStatus == HandshakeStatus.InProgress)
            {
                pair._serverSocket.ShutdownWrite();
            }
            Assert.True(
                TimeProvider.System.GetElapsedTime(start) < Limit,
                $"the handshake hangs: client {pair.ClientStatus} {pair.Client.Failure}, server {pair.ServerStatus} {pair.Server.Failure}");
        }
        return pair;
    }

    /// <summary>Both ends have accepted each other.</summary>
    public bool IsDone => ClientStatus == HandshakeStatus.Done && ServerStatus == HandshakeStatus.Done;

    /// <summary>Carries bytes from one end to the other, which also delivers tickets.</summary>
    public void Send(TlsSession from, TlsSession to, ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(bytes.Length, from.Write(bytes));
        var received = new byte[bytes.Length];
        var count = 0;
        var start = TimeProvider.System.GetTimestamp();
        while (count < bytes.Length)
        {
            to.OnReadable(hungUp: false);
            var read = to.Read(received.AsSpan(count));
            Assert.True(read > 0 || read == IoResult.Again, $"read gave {read}: {to.Failure}");
            count += Math.Max(0, read);
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, $"{count} of {bytes.Length} bytes arrived");
        }
        Assert.True(bytes.SequenceEqual(received));
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        _clientSocket.Close();
        _serverSocket.Close();
    }

    private void Step()
    {
        if (ClientStatus == HandshakeStatus.InProgress)
        {
            Client.OnReadable(hungUp: false);
            ClientStatus = Client.Handshake();
        }
        if (ServerStatus == HandshakeStatus.InProgress)
        {
            Server.OnReadable(hungUp: false);
            ServerStatus = Server.Handshake();
        }
    }
}
