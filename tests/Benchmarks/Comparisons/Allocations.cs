using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Results;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>
/// Bytes allocated on the loop threads of both proxies per HTTP/1.1 request, on the chain the tests run on, in this process, where the
/// runtime can be asked.
/// </summary>
internal static class Allocations
{
    public const string Figure = "allocations per proxied request, bytes";
    private const int WarmUp = 2_000;
    private const int Requests = 20_000;

    public static FigureResult Measure(Lab lab)
    {
        using var backends = Backends.Start(lab);
        return MeasureAsync(backends.Http.Http1Port).GetAwaiter().GetResult();
    }

    private static async Task<FigureResult> MeasureAsync(int backendPort)
    {
        await using var chain = TestChain.Start(new Backend((_, _) => Task.CompletedTask));
        chain.Server.Original.Destinations[(chain.Server.Uid, ConnectionDirection.Inbound)] = TestNode.Endpoint("127.0.0.1", backendPort);
        using var client = new HttpClientSocket(chain.Client.OutboundPort);
        Send(client, WarmUp);
        var before = await AllocatedAsync(chain);
        Send(client, Requests);
        var after = await AllocatedAsync(chain);
        // Asking allocates too: the closures that carry the question to a loop.
        return FigureResult.OfValue(Figure, Math.Floor((after - before) / (double)Requests), 0);
    }

    private static void Send(HttpClientSocket client, int count)
    {
        var request = HttpClientSocket.Request(Proxies.NginxBackend.Small);
        for (var i = 0; i < count; i++)
        {
            client.Exchange(request);
        }
    }

    private static async Task<long> AllocatedAsync(TestChain chain) =>
        await chain.Client.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread)
        + await chain.Server.OnLoopAsync(GC.GetAllocatedBytesForCurrentThread);
}
