using System.Collections.Concurrent;
using System.Net.Sockets;
using Mesh.Proxy.Tests.DataPlane;
using Mesh.Testing;

namespace Mesh.Proxy.Tests.Succession;

/// <summary>
/// Clients that make a connection for each request, and clients that keep theirs. The latter do what HTTP clients do (RFC 9112 section
/// 9.3.1): a connection that ended before it brought anything of a response is replaced once by a new one.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly NodeWithPod _node;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _clients;
    private int _answered;

    public Load(NodeWithPod node, int fresh, int kept)
    {
        _node = node;
        _clients = [
            .. Enumerable.Range(0, fresh).Select(_ => Task.Run(FreshAsync)),
            .. Enumerable.Range(0, kept).Select(_ => Task.Run(KeptAsync)),
        ];
    }

    public int Answered => Volatile.Read(ref _answered);

    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Kept connections that were replaced.</summary>
    public int Replaced { get; private set; }

    /// <summary>Waits until that many more requests are answered.</summary>
    public Task AdvancesAsync(int by, CancellationToken cancellationToken)
    {
        var from = Answered;
        return Eventually.Holds(
            () => Answered >= from + by, TimeSpan.FromSeconds(60),
            () => $"{Answered - from} of {by} requests answered, {Failures.Count} failed: {string.Join("; ", Failures.Take(3))}",
            cancellationToken);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task FreshAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var stream = await _node.ConnectAsync(NodeWithPod.HttpPort, CancellationToken.None);
                await AskAsync(stream, new WireReader(stream));
            }
            catch (Exception failure) when (failure is IOException or SocketException)
            {
                Failures.Enqueue($"a new connection: {failure.Message}");
            }
        }
    }

    private async Task KeptAsync()
    {
        NetworkStream? stream = null;
        WireReader? reader = null;
        while (!_stop.IsCancellationRequested)
        {
            var reused = stream is not null;
            try
            {
                stream ??= await _node.ConnectAsync(NodeWithPod.HttpPort, CancellationToken.None);
                reader ??= new WireReader(stream);
                if (await AskAsync(stream, reader))
                {
                    continue;
                }
            }
            catch (Exception failure) when (failure is IOException or SocketException)
            {
                if (!reused)
                {
                    Failures.Enqueue($"a kept connection: {failure.Message}");
                }
            }
            Replaced++;
            stream?.Dispose();
            (stream, reader) = (null, null);
        }
        stream?.Dispose();
    }

    /// <returns>Whether the connection may be used again.</returns>
    private async Task<bool> AskAsync(NetworkStream stream, WireReader reader)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: bb\r\n\r\n"u8.ToArray());
        var head = await reader.ReadHeadAsync(CancellationToken.None) ?? throw new IOException("ended before an answer");
        if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            Failures.Enqueue(head.Split('\r')[0]);
            return false;
        }
        var body = await reader.ReadTextAsync(5, CancellationToken.None);
        Assert.Equal("hello", body);
        Interlocked.Increment(ref _answered);
        return !head.Contains("connection: close", StringComparison.OrdinalIgnoreCase);
    }
}
