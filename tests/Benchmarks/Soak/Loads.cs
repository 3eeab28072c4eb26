using System.Net;

namespace Mesh.Benchmarks.Soak;

/// <summary>All clients: at a bounded rate of some 350 requests a second, so that a small machine keeps up.</summary>
internal sealed class Loads : IDisposable
{
    private const int Http1Clients = 10;
    private const int Http2Clients = 40;
    private const int BytesClients = 6;
    private static readonly TimeSpan Http1Pause = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan Http2Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan DeniedPause = TimeSpan.FromMilliseconds(100);
    private readonly HttpLoad _http1;
    private readonly HttpLoad _http2;
    private readonly HttpLoad _denied1;
    private readonly HttpLoad _denied2;
    private readonly BytesLoad _bytes;

    public Loads(SoakMesh mesh, Ledger ledger, Violations violations, Tally tally)
    {
        _http1 = Http("client-1", SoakMesh.ClientAccount, mesh.Http1, HttpVersion.Version11);
        _http2 = Http("client-2", SoakMesh.ClientAccount, mesh.Http2, HttpVersion.Version20);
        _denied1 = Http("stranger-1", SoakMesh.StrangerAccount, mesh.Http1, HttpVersion.Version11);
        _denied2 = Http("stranger-2", SoakMesh.StrangerAccount, mesh.Http2, HttpVersion.Version20);
        _bytes = new BytesLoad(mesh.Client.AddClient("client-3", SoakMesh.ClientAccount, mesh.Bytes.Address), violations, tally);

        HttpLoad Http(string pod, string account, SoakService service, Version version) =>
            new(mesh.Client.AddClient(pod, account, service.Address), version, ledger, violations, tally);
    }

    public async Task RunAsync(Random random, CancellationToken stop) => await Task.WhenAll([
        .. Several(Http1Clients, random, numbers => _http1.RunAsync(Http1Pause, numbers, stop)),
        .. Several(Http2Clients, random, numbers => _http2.RunAsync(Http2Pause, numbers, stop)),
        .. Several(BytesClients, random, numbers => _bytes.RunAsync(numbers, stop)),
        .. Several(2, random, numbers => _denied1.RunDeniedAsync(DeniedPause, numbers, stop)),
        .. Several(2, random, numbers => _denied2.RunDeniedAsync(DeniedPause, numbers, stop)),
    ]);

    public void Dispose()
    {
        _http1.Dispose();
        _http2.Dispose();
        _denied1.Dispose();
        _denied2.Dispose();
    }

    // Off the caller's thread: the first wait of each may come late.
    private static List<Task> Several(int count, Random random, Func<Random, Task> run) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next()).ToList().Select(seed => Task.Run(() => run(new Random(seed))))];
}
