using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.Tests.Tls;

/// <summary>Two ends of a loopback connection with a session each, driven by the calling thread.</summary>
internal sealed class TlsPair : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly NativeSocket _clientSocket;
    private readonly NativeSocket _serverSocket;

    private TlsPair(TlsContext client, TlsContext server, TlsServer listener, MeshProtocol offer)
    {
        _clientSocket = NativeSocket.Open(listener.Address.Ip, 0);
        Assert.True(_clientSocket.Connect(listener.Address));
        _serverSocket = listener.Accept();
        _clientSocket.SetNoDelay();
        _serverSocket.SetNoDelay();
        Client = TlsSession.TryConnect(client, _clientSocket, offer) ?? throw new InvalidOperationException("context gone");
        Server = TlsSession.TryAccept(server, _serverSocket, []) ?? throw new InvalidOperationException("context gone");
    }

    public TlsSession Client { get; }

    public TlsSession Server { get; }

    public HandshakeStatus ClientStatus { get; private set; }

    public HandshakeStatus ServerStatus { get; private set; }

    /// <summary>Connects and shakes hands until neither side can go on.</summary>
    public static TlsPair Connect(
        TlsContext client, TlsContext server, TlsServer listener, MeshProtocol offer = MeshProtocol.Stream)
    {
        var pair = Start(client, server, listener, offer);
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

    /// <summary>Connects, and leaves the handshake to the caller.</summary>
    public static TlsPair Start(TlsContext client, TlsContext server, TlsServer listener, MeshProtocol offer = MeshProtocol.Stream) =>
        new(client, server, listener, offer);

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

    /// <summary>Lets the client begin, and takes what it sent instead of the server.</summary>
    public byte[] TakeClientHello()
    {
        Assert.Equal(HandshakeStatus.InProgress, Client.Handshake());
        var buffer = new byte[16 * 1024];
        var start = TimeProvider.System.GetTimestamp();
        int count;
        while ((count = _serverSocket.Receive(buffer)) == IoResult.Again)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, "no ClientHello came");
        }
        return buffer[..count];
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
