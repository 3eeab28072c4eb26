using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>
/// CPU per HTTP/2 request, many at once on few connections. Our pair speaks HTTP/2 to the backend, since the client does; a peer speaks
/// what its configuration says.
/// </summary>
internal sealed class Http2Requests(params IReadOnlyList<Contender> contenders)
    : LoadComparison(
        $"HTTP/2 small requests, {Connections} connections x {Streams} streams: CPU per request", "us",
        new MeshPair(MeshMode.Http2), contenders)
{
    private const int Connections = 4;
    private const int Streams = 32;

    public override int BackendPort(Backends backends, Peer peer) =>
        peer.WantsHttp2Backend ? backends.Http.Http2Port : backends.Http.Http1Port;

    protected override LoadResult Drive(Lab lab, int port, TimeSpan duration) =>
        H2Load.Run(lab, port, NginxBackend.Small, Connections, Streams, duration);
}
