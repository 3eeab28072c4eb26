using System.Globalization;
using Mesh.Benchmarks.Loads;
using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>CPU per new connection, each with one request: the cost is that of the TLS handshake, both sides.</summary>
internal sealed class ConnectionSetup(string what, Peer ours, params IReadOnlyList<Contender> contenders)
    : LoadComparison($"new mTLS connections{what}: CPU per connection, both handshakes", "us", ours, contenders)
{
    private const int Clients = 16;

    public override int BackendPort(Backends backends, Peer peer) => backends.Http.Http1Port;

    protected override LoadResult Drive(Lab lab, int port, TimeSpan duration) => LoadVerb.Start(
        lab, duration, "connections", port.ToString(CultureInfo.InvariantCulture), NginxBackend.Small,
        Clients.ToString(CultureInfo.InvariantCulture));
}
