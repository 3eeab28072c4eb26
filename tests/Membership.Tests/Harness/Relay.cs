using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Membership.Tests.Harness;

/// <summary>A loopback port in front of a server, which can be closed, or keep all to itself.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly IPEndPoint _target;
    private readonly ConcurrentBag<Task> _connections = [];
    private CancellationTokenSource _stop = new();
    private TcpListener _listener;
    private Task _accepting;
    private volatile bool _frozen;

    public Relay(Uri target)
    {
        _target = new IPEndPoint(IPAddress.Loopback, target.Port);
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        Address = new Uri($"https://127.0.0.1:{port}/");
        _accepting = AcceptAsync(_listener, _stop.Token);
    }

    public Uri Address { get; }

    /// <summary>From now on nothing is passed on, and no connection ends.</summary>
    public void Freeze() => _frozen = true;

    /// <summary>Breaks all connections and refuses new ones.</summary>
    public async Task CloseAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll([_accepting, .. _connections]);
    }

    public void Open()
    {
        _frozen = false;
        _stop = new CancellationTokenSource();
        _listener = new TcpListener(IPAddress.Loopback, Address.Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await listener.AcceptSocketAsync(cancellationToken), cancellationToken));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await server.ConnectAsync(_target, cancellationToken);
                await Task.WhenAny(PassAsync(client, server, cancellationToken), PassAsync(server, client, cancellationToken));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // One end is gone; so is the other then.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
            {
                if (_frozen)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                }
                await to.SendAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // As above.
        }
    }
}
