using System.Net.Sockets;
using Mesh.Benchmarks.Processes;

namespace Mesh.Benchmarks.Loads;

/// <summary>A new connection for every request, a thread for each client.</summary>
internal static class NewConnections
{
    public static LoadResult Run(int port, string path, int clients, TimeSpan duration)
    {
        var time = TimeProvider.System;
        var request = HttpClientSocket.Request(path, close: true);
        var latencies = new List<double>[clients];
        var errors = 0L;
        var start = time.GetTimestamp();
        var threads = Enumerable.Range(0, clients).Select(index => new Thread(() =>
        {
            var mine = latencies[index] = [];
            while (time.GetElapsedTime(start) < duration)
            {
                var begin = time.GetTimestamp();
                try
                {
                    using var client = new HttpClientSocket(port);
                    client.Exchange(request);
                    mine.Add(time.GetElapsedTime(begin).TotalMicroseconds);
                    client.ReadEnd();
                }
                catch (Exception failure) when (failure is SocketException or BenchmarkException)
                {
                    Interlocked.Increment(ref errors);
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return LoadResult.Of(latencies.SelectMany(some => some), time.GetElapsedTime(start), errors);
    }
}
