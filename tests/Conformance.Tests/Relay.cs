using System.Net;
using System.Net.Sockets;

namespace Mesh.Conformance.Tests;

/// <summary>A stretch of network in front of a silo that can be cut: what is sent then gets lost without a word.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopped = new();
    private readonly List<Task> _pumps = [];
    private volatile bool _cut;
    private Task? _accepting;

    public Relay()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public bool Cut
    {
        get => _cut;
        set => _cut = value;
    }

    public void Start(IPEndPoint target) => _accepting = AcceptAsync(target);

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Dispose();
        await (_accepting ?? Task.CompletedTask);
        await Task.WhenAll(_pumps);
    }

    private async Task AcceptAsync(IPEndPoint target)
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stopped.Token);
                _pumps.Add(RelayAsync(client, target));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task RelayAsync(Socket client, IPEndPoint target)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(target, _stopped.Token);
                await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // One side is gone; so is the connection.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopped.Token) is var read and > 0)
            {
                if (!_cut)
                {
                    await to.SendAsync(buffer.AsMemory(0, read), _stopped.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side is gone; so is the connection.
        }
    }
}
