using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Admin;

/// <summary>
/// The admin port: HTTP/1.1 for probes and scrapers, one request for each connection. Not a web server: the one of ASP.NET takes a
/// tenth of the memory that the whole proxy does at rest (ADR 14). Started once; may be stopped more than once.
/// </summary>
/// <param name="address">Where to listen.</param>
/// <param name="port">0: any.</param>
/// <param name="pages">By path; null: no such page. Any thread.</param>
/// <param name="limits">What clients can take up.</param>
/// <param name="time">The clock of the time limit.</param>
/// <param name="logger">For what goes wrong here, not for what clients do.</param>
internal sealed partial class AdminServer(
    IPAddress address, int port, Func<string, AdminAnswer?> pages, AdminLimits limits, TimeProvider time, ILogger<AdminServer> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);
    private readonly Lock _lock = new();
    private readonly List<AdminConnection> _connections = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ending = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Where it listens, once started.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(limits.Connections);
        }
        catch (SocketException failure)
        {
            listener.Dispose();
            throw new IOException(
                $"the admin port {port} cannot be opened on {address}: {failure.Message}. Is another program listening there? "
                + "MESH_ADMIN_PORT can name another port", failure);
        }
        _listener = listener;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _accepting = AcceptAsync(listener);
        return Task.CompletedTask;
    }

    /// <summary>Closes the port and connections without a request; answers go out unless cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _listener?.Dispose();
        await _accepting;
        Task[] ends;
        lock (_lock)
        {
            ends = [.. _connections.Select(connection => connection.Ended)];
        }
        await using var registration = cancellationToken.Register(_ending.Cancel);
        await Task.WhenAll(ends);
    }

    public void Dispose()
    {
        _listener?.Dispose();
        _stopping.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var connection = new AdminConnection(await listener.AcceptAsync(_stopping.Token));
                lock (_lock)
                {
                    if (_connections.Count(open => !open.IsClosed) >= limits.Connections)
                    {
                        _connections.Find(open => !open.IsClosed)!.Close();
                    }
                    _connections.Add(connection);
                    connection.Ended = ServeAsync(connection);
                }
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                // The listener has been closed.
            }
            catch (SocketException failure)
            {
                // The client is gone already, or there are no descriptors left, which takes a while to change.
                LogNotAccepted(logger, failure.Message);
                await Task.Delay(AcceptPause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(AdminConnection connection)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var limit = new CancellationTokenSource(limits.Time, time);
        try
        {
            var buffer = new byte[limits.HeadBytes];
            if (await ReceiveAsync(connection.Socket, buffer, limit.Token) is { } answer)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _ending.Token);
                await SendAsync(connection.Socket, answer, either.Token);
                // Closed with something unread the connection would be reset, and the answer might be lost.
                connection.Socket.Shutdown(SocketShutdown.Send);
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
                while (await connection.Socket.ReceiveAsync(buffer, waiting.Token) > 0)
                {
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            LogCut(logger, gone.Message);
        }
        catch (Exception bug)
        {
            LogFailed(logger, bug);
        }
        finally
        {
            connection.Socket.Dispose();
            lock (_lock)
            {
                _connections.Remove(connection);
            }
        }
    }

    // Null: the client ended the connection before its request was complete.
    private async Task<byte[]?> ReceiveAsync(Socket socket, byte[] buffer, CancellationToken limit)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit, _stopping.Token);
        var count = 0;
        var lineStart = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(count), either.Token);
            if (received == 0)
            {
                return null;
            }
            count += received;
            if (AdminRequest.Answer(buffer.AsSpan(0, count), buffer.Length, pages, ref lineStart, out var withBody) is { } answer)
            {
                return Write(answer, withBody);
            }
        }
    }

    private byte[] Write(AdminAnswer answer, bool withBody)
    {
        var allow = answer.Status == 405 ? "Allow: GET, HEAD\r\n" : string.Empty;
        var head = string.Create(CultureInfo.InvariantCulture, $"""
            HTTP/1.1 {answer.Status} {Reason(answer.Status)}
            Content-Type: {answer.ContentType}
            Content-Length: {answer.Body.Length}
            Date: {time.GetUtcNow():R}
            Cache-Control: no-store
            Connection: close

            """).ReplaceLineEndings("\r\n") + allow + "\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. withBody ? answer.Body.Span : []];
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            data = data[await socket.SendAsync(data, cancellationToken)..];
        }
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    };

    [LoggerMessage(EventId = 2410, Level = LogLevel.Warning, Message = "a connection to the admin port could not be accepted: {Reason}")]
    private static partial void LogNotAccepted(ILogger logger, string reason);

    [LoggerMessage(EventId = 2411, Level = LogLevel.Debug, Message = "a connection to the admin port ended before its answer: {Reason}")]
    private static partial void LogCut(ILogger logger, string reason);

    [LoggerMessage(EventId = 2412, Level = LogLevel.Error, Message = "a bug: a request to the admin port could not be answered")]
    private static partial void LogFailed(ILogger logger, Exception bug);
}
