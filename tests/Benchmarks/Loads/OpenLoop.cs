using System.Net.Sockets;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Loads;

/// <summary>
/// Requests at a given rate whether or not earlier ones are answered: Poisson arrivals, spread over connections with a thread each. A
/// request whose turn comes while its connection is busy waits, and that wait counts, as it would for a user. That this process woke up
/// late does not count.
/// </summary>
internal static class OpenLoop
{
    public static LoadResult Run(int port, string path, int connections, double rate, TimeSpan duration)
    {
        var time = TimeProvider.System;
        var request = HttpClientSocket.Request(path);
        var latencies = new List<double>[connections];
        var errors = 0L;
        var clients = Enumerable.Range(0, connections).Select(_ => new HttpClientSocket(port)).ToList();
        clients.ForEach(client => client.Exchange(request));
        using var never = new ManualResetEventSlim();
        var start = time.GetTimestamp();
        var threads = clients.Select((client, index) => new Thread(() =>
        {
            var random = new Random(index);
            var mine = latencies[index] = new List<double>((int)(rate * duration.TotalSeconds / connections * 2));
            var due = TimeSpan.Zero;
            while (true)
            {
                due += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) * connections / rate);
                if (due >= duration)
                {
                    return;
                }
                var early = due - time.GetElapsedTime(start);
                if (early > TimeSpan.Zero)
                {
                    never.Wait(early);
                }
                var from = early > TimeSpan.Zero ? time.GetElapsedTime(start) : due;
                try
                {
                    client.Exchange(request);
                    mine.Add((time.GetElapsedTime(start) - from).TotalMicroseconds);
                }
                catch (Exception failure) when (failure is SocketException or BenchmarkException)
                {
                    Interlocked.Increment(ref errors);
                    return;
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        clients.ForEach(client => client.Dispose());
        return LoadResult.Of(latencies.SelectMany(some => some), duration, errors);
    }
}
