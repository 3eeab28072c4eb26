using System.Net;
using System.Net.Sockets;

namespace Mesh.Benchmarks.Soak;

/// <summary>Connections that speak no HTTP: each sends blocks for some seconds, wants each of them back, then says that it is done.</summary>
internal sealed class BytesLoad(int port, Violations violations, Tally tally)
{
    private const int LargestBlock = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The longest a connection lasts by itself.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    public async Task RunAsync(Random random, CancellationToken stop)
    {
        for (var id = 1L; !stop.IsCancellationRequested; id++)
        {
            var what = "connecting";
            using var limit = new CancellationTokenSource(Longest + Patience);
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);
                await using var stream = new NetworkStream(socket, ownsSocket: false);
                var started = violations.Elapsed;
                var lasts = Longest * random.NextDouble();
                for (var block = 0; violations.Elapsed - started < lasts && !stop.IsCancellationRequested; block++)
                {
                    what = $"in block {block}, after {(violations.Elapsed - started).TotalSeconds:0.0} s";
                    if (!await EchoAsync(stream, id, random.Next(1, LargestBlock), limit.Token))
                    {
                        violations.Add($"a connection of bytes got others back than it sent, {what}");
                        break;
                    }
                    await Pause.ForAsync(TimeSpan.FromMilliseconds(random.Next(0, 600)), stop);
                }
                what = "at its end";
                socket.Shutdown(SocketShutdown.Send);
                if (await stream.ReadAsync(new byte[1], limit.Token) != 0)
                {
                    violations.Add("a connection of bytes got more back than it sent");
                }
                tally.Echoed();
            }
            catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
            {
                violations.Add($"a connection of bytes broke {what}: {failure.Message}");
                await Pause.ForAsync(TimeSpan.FromSeconds(1), stop);
            }
        }
    }

    private static async Task<bool> EchoAsync(NetworkStream stream, long id, int length, CancellationToken limit)
    {
        var sending = stream.WriteAsync(Payload.Of(id, length), limit).AsTask();
        var block = new byte[length];
        await stream.ReadExactlyAsync(block, limit);
        await sending;
        return Payload.IsPart(id, 0, block);
    }
}
