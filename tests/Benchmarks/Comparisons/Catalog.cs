using Mesh.Benchmarks.Processes;
using Mesh.Benchmarks.Proxies;
using Mesh.Benchmarks.Results;

namespace Mesh.Benchmarks.Comparisons;

/// <summary>Everything that is measured, and the bounds it has to keep. HAProxy's best configuration is HTTP/2 between the two.</summary>
internal static class Catalog
{
    /// <summary>Names for <c>--only</c>, with what they stand for, in the order in which they run.</summary>
    public static readonly IReadOnlyList<(string Name, Comparison Comparison)> Comparisons =
    [
        ("http1-16", SmallRequests(16)),
        ("http1-64", SmallRequests(64)),
        ("http1-10k", new HttpRequests("10 KB bodies", NginxBackend.TenKilobytes, 16, HttpPeers(null, null, null))),
        ("http1-1m", new HttpRequests("1 MB bodies", NginxBackend.OneMegabyte, 4, HttpPeers(1.0, 1.0, null))),
        ("http2", new Http2Requests(
            new Contender(new HaproxyPair(HaproxyMode.Http2), 1.0), new Contender(new HaproxyPair(HaproxyMode.Http2Throughout), 1.0),
            new Contender(new NginxHttpPair(http2: true)))),
        ("bulk-up", new BulkTransfer("up", TcpPeers(0.9))),
        ("bulk-down", new BulkTransfer("down", TcpPeers(0.9))),
        ("connections", new ConnectionSetup(
            "", new MeshPair(MeshMode.OpaqueNotResumed),
            new Contender(new HaproxyPair(HaproxyMode.Tcp), 0.95), new Contender(new NginxStreamPair()))),
        // What resumption saves, against full handshakes; and against a HAProxy that resumes as well.
        ("connections-resumed", new ConnectionSetup(
            ", resumed", new MeshPair(MeshMode.Opaque),
            new Contender(new HaproxyPair(HaproxyMode.Tcp), 0.4), new Contender(new HaproxyPair(HaproxyMode.TcpResumed)))),
        ("latency", new AddedLatency(HttpPeers(1.0, 1.0, null))),
        ("idle-mtls", new IdleMemory("mTLS", true, new MeshPair(MeshMode.Opaque), new Contender(new HaproxyPair(HaproxyMode.Tcp), 0.7))),
        ("idle-plaintext", new IdleMemory("plaintext", false, new MeshPair(), new Contender(new HaproxyPair(HaproxyMode.Http1)))),
    ];

    /// <summary>What is not compared with anybody.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Lab, FigureResult> Measure)> Values =
    [
        ("rest", RestMemory.Measure),
        ("allocations", Allocations.Measure),
    ];

    private static HttpRequests SmallRequests(int connections) =>
        new("small requests", NginxBackend.Small, connections, HttpPeers(0.6, 0.85, 0.6));

    private static Contender[] HttpPeers(double? http1, double? http2, double? nginx) =>
    [
        new(new HaproxyPair(HaproxyMode.Http1), http1),
        new(new HaproxyPair(HaproxyMode.Http2), http2),
        new(new NginxHttpPair(), nginx),
    ];

    private static Contender[] TcpPeers(double haproxy) =>
    [
        new(new HaproxyPair(HaproxyMode.Tcp), haproxy),
        new(new NginxStreamPair()),
        new(new StunnelPair()),
    ];
}
