using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Mesh.Sandbox.Programs;

/// <summary>
/// The guide's server: answers every HTTP/1.1 request with the same JSON. On bare sockets, so that it starts in a moment and needs
/// little beside the mesh it is there to exercise.
/// </summary>
internal sealed class BbServer(BbOptions options, TimeProvider time)
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private const int MaxHead = 65536;
    private int _active;
    private int _served;

    public static async Task<int> MainAsync(string[] arguments)
    {
        var options = BbOptions.Parse(arguments);
        using var signal = new TerminationSignal();
        await new BbServer(options, TimeProvider.System).RunAsync(signal.Token);
        return 0;
    }

    /// <summary>Serves until cancelled or until it has answered as often as it was told to, then lets requests under way finish.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, options.Port));
        listener.Listen(512);
        Console.WriteLine($"HTTP 1.1 server listening on port [{options.Port}]");
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stop.Token);
                connections.RemoveAll(c => c.IsCompleted);
                connections.Add(ServeAsync(socket, stop));
            }
        }
        catch (OperationCanceledException)
        {
            listener.Close();
        }
        var start = time.GetTimestamp();
        while (Volatile.Read(ref _active) > 0 && time.GetElapsedTime(start) < DrainPatience)
        {
            await Task.WhenAny([.. connections.Where(c => !c.IsCompleted), Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None)]);
        }
        Console.WriteLine($"shut down after {_served} requests");
    }

    private async Task ServeAsync(Socket socket, CancellationTokenSource stop)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var buffer = new byte[4096];
            var length = 0;
            try
            {
                while (await ReadRequestAsync() is { } close)
                {
                    Interlocked.Increment(ref _active);
                    try
                    {
                        close |= stop.IsCancellationRequested;
                        await socket.SendAsync(await AnswerAsync(close), SocketFlags.None);
                        if (Interlocked.Increment(ref _served) == options.TerminateAfter)
                        {
                            await stop.CancelAsync();
                        }
                    }
                    finally
                    {
                        Interlocked.Decrement(ref _active);
                    }
                    if (close)
                    {
                        return;
                    }
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The client went away, or this server ends while the connection is idle.
            }

            // Reads one request, body included; whether the connection is to be closed after it, or null at the end of the connection.
            async Task<bool?> ReadRequestAsync()
            {
                int end;
                while ((end = buffer.AsSpan(0, length).IndexOf(HeadEnd)) < 0)
                {
                    if (!await FillAsync())
                    {
                        return null;
                    }
                }
                var head = Encoding.Latin1.GetString(buffer, 0, end);
                Consume(end + HeadEnd.Length);
                if (Header(head, "Transfer-Encoding") is { } encoding && encoding.Contains("chunked", StringComparison.OrdinalIgnoreCase))
                {
                    await SkipChunksAsync();
                }
                else if (long.TryParse(Header(head, "Content-Length"), CultureInfo.InvariantCulture, out var body))
                {
                    await SkipAsync(body);
                }
                return head.Contains(" HTTP/1.0\r\n", StringComparison.Ordinal) || Header(head, "Connection") is "close";
            }

            async Task SkipChunksAsync()
            {
                while (true)
                {
                    int end;
                    while ((end = buffer.AsSpan(0, length).IndexOf("\r\n"u8)) < 0)
                    {
                        await RequireAsync();
                    }
                    var size = Convert.ToInt64(Encoding.Latin1.GetString(buffer, 0, end).Split(';')[0].Trim(), 16);
                    Consume(end + 2);
                    await SkipAsync(size + 2);
                    if (size == 0)
                    {
                        return;
                    }
                }
            }

            async Task SkipAsync(long count)
            {
                while (count > 0)
                {
                    if (length == 0)
                    {
                        await RequireAsync();
                    }
                    var now = (int)Math.Min(count, length);
                    Consume(now);
                    count -= now;
                }
            }

            async Task RequireAsync()
            {
                if (!await FillAsync())
                {
                    throw new SocketException((int)SocketError.ConnectionReset);
                }
            }

            async Task<bool> FillAsync()
            {
                if (length == buffer.Length)
                {
                    if (length >= MaxHead)
                    {
                        return false;
                    }
                    Array.Resize(ref buffer, length * 2);
                }
                var read = await socket.ReceiveAsync(buffer.AsMemory(length), SocketFlags.None, stop.Token);
                length += read;
                return read > 0;
            }

            void Consume(int count)
            {
                Buffer.BlockCopy(buffer, count, buffer, 0, length - count);
                length -= count;
            }
        }
    }

    private async Task<byte[]> AnswerAsync(bool close)
    {
        if (options.Sleep > TimeSpan.Zero)
        {
            await Task.Delay(options.Sleep, time, CancellationToken.None);
        }
        var failed = options.PercentFailure > 0 && Random.Shared.Next(100) < options.PercentFailure;
        var body = failed
            ? "this error was injected by [--percent-failure]\n"
            : JsonSerializer.Serialize(new Dictionary<string, string>
            {
                ["requestUID"] = $"in:http-sid:{options.Id}-{Random.Shared.Next(1_000_000_000)}",
                ["payload"] = options.ResponseText,
            });
        var status = failed ? "500 Internal Server Error" : "200 OK";
        var type = failed ? "text/plain; charset=utf-8" : "application/json";
        return Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n" +
            $"{(close ? "Connection: close\r\n" : "")}\r\n{body}");
    }

    private static string? Header(string head, string name)
    {
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(colon + 1)..].Trim();
            }
        }
        return null;
    }
}
