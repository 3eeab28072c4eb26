using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>An application on loopback; each connection is handed to the script it was made with.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly List<Socket> _sockets = [];
    private readonly Task _accepting;

    public Backend(Func<NetworkStream, CancellationToken, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAsync(script);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Connections accepted so far.</summary>
    public int Accepted { get; private set; }

    /// <summary>Answers every request with its own head as a body.</summary>
    public static Backend Echo() => new(async (stream, stop) =>
    {
        var reader = new WireReader(stream);
        while (await reader.ReadHeadAsync(stop) is { } head)
        {
            var length = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)) is { } l
                ? int.Parse(l[15..], System.Globalization.CultureInfo.InvariantCulture)
                : 0;
            var body = length > 0 ? await reader.ReadExactlyAsync(length, stop) : [];
            var text = head + Encoding.Latin1.GetString(body);
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {text.Length}\r\n\r\n{text}"), stop);
        }
    });

    public void CloseConnections()
    {
        lock (_sockets)
        {
            _sockets.ForEach(socket => socket.Dispose());
            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }
        await _stop.CancelAsync();
        _listener.Dispose();
        CloseConnections();
        await _accepting;
        await Task.WhenAll(_running);
    }

    private async Task AcceptAsync(Func<NetworkStream, CancellationToken, Task> script)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            lock (_sockets)
            {
                _sockets.Add(socket);
            }
            Accepted++;
            _running.Add(ServeAsync(socket, script));
        }
    }

    private async Task ServeAsync(Socket socket, Func<NetworkStream, CancellationToken, Task> script)
    {
        try
        {
            using (socket)
            {
                socket.NoDelay = true;
                await using var stream = new NetworkStream(socket, ownsSocket: false);
                await script(stream, _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side went away, or the test is over.
        }
    }
}
