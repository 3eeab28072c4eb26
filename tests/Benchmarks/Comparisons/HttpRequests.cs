using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>CPU per HTTP/1.1 request on kept-alive connections.</summary>
internal sealed class HttpRequests(string what, string path, int connections, params IReadOnlyList<Contender> contenders)
    : LoadComparison($"HTTP/1.1 {what}, {connections} connections: CPU per request", "us", new MeshPair(), contenders)
{
    public override int BackendPort(Backends backends, Peer peer) => backends.Http.Http1Port;

    protected override LoadResult Drive(Lab lab, int port, TimeSpan duration) => Wrk.Run(lab, port, path, connections, duration);
}
