using System.Globalization;
using System.Text;
using Mesh.Benchmarks;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Tests.DataPlane;

// Client -> client-side proxy -> mutual TLS 1.3 -> server-side proxy with per-request authorization -> server; metrics on, all on loopback
// in this process. CPU is that of the two loop threads only. Shared machines are noisy: compare ratios.
var request = "GET /api/items HTTP/1.1\r\nHost: bb-target.mc-demo:8080\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"u8.ToArray();
Console.WriteLine("chain of two proxies, HTTP/1.1 keep-alive    requests/s   CPU us/request   p50 us   p99 us   bytes allocated/request");
foreach (var (connections, size) in new[] { (1, 100), (16, 100), (64, 100), (16, 10_000) })
{
    var response = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n{new string('x', size)}");
    var answered = response.Length;
    await using var chain = TestChain.Start(new Backend((_, _) => Task.CompletedTask));
    var port = Load.Serve(response);
    chain.Server.Original.Destinations[(chain.Server.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", port);
    var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
    Load.Run(chain.Client.OutboundPort, connections, Math.Max(200, count / 10 / connections), request, answered);
    var before = await MeasureAsync(chain);
    var start = TimeProvider.System.GetTimestamp();
    var latencies = Load.Run(chain.Client.OutboundPort, connections, count / connections, request, answered);
    var elapsed = TimeProvider.System.GetElapsedTime(start);
    var after = await MeasureAsync(chain);
    var requests = (double)latencies.Length;
    Console.WriteLine(
        $"{connections,4} connections, {size,6} byte bodies {requests / elapsed.TotalSeconds,20:F0} {(after.Cpu - before.Cpu) / requests,16:F1} "
        + $"{latencies[latencies.Length / 2],8} {latencies[(int)(latencies.Length * 0.99)],8} {(after.Allocated - before.Allocated) / requests,12:F2}");
}

static async Task<(long Cpu, long Allocated)> MeasureAsync(TestChain chain)
{
    var cpu = 0L;
    var allocated = 0L;
    foreach (var node in new[] { chain.Client, chain.Server })
    {
        cpu += await node.OnLoopAsync(ThreadClock.Microseconds);
        allocated += await node.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
    }
    return (cpu, allocated);
}
