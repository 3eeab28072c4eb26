using Mesh.Proxy.Http1;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Netns;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>Settings of the data plane. The defaults are those of Linkerd's proxy where it has the same setting.</summary>
internal sealed record DataPlaneOptions
{
    /// <summary>Loop threads. One per two cores: a node's proxy shares the node with the pods it serves.</summary>
    public int Loops { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>The cluster this proxy is in. With <see cref="Node"/> it says which endpoints are near; empty: none is, by node.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The node this proxy is on.</summary>
    public string Node { get; init; } = "";

    /// <summary>Mark of the proxy's own sockets, which the redirect rules leave alone; 0: none (tests, which need no root then).</summary>
    public int SocketMark { get; init; } = 1337;

    /// <summary>
    /// Mark of the sockets to a pod's own application: not redirected either, even where <see cref="SocketMark"/> is (a pod that reaches
    /// itself through a service), and their answers come back to the proxy whoever's address they carry.
    /// </summary>
    public int ApplicationMark => SocketMark == 0 ? 0 : (int)SourceRouting.Mark;

    /// <summary>The ports of the proxy itself in a pod; an inbound connection to one of them would loop.</summary>
    public IReadOnlySet<int> OwnPorts { get; init; } = new HashSet<int> { 15001, 15006 };

    /// <summary>How long a client may take to show what protocol it speaks. 10 s as in Linkerd; then the bytes are opaque.</summary>
    public TimeSpan DetectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a client of an opaque port may take to begin a mesh handshake. A proxy begins at once; an unmeshed client may wait for the
    /// server to speak, and should not wait long for nothing.
    /// </summary>
    public TimeSpan OpaqueDetectTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a connection waits for the control plane to say what its destination is. Then: plain TCP to the address.</summary>
    public TimeSpan DiscoveryTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An address that the control plane did not explain is not asked for again for this long, nor waited for.</summary>
    public TimeSpan DiscoveryRetry { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>TCP connect. 1 s as in Linkerd: on a flat network no answer within that is no answer.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>TLS handshake, either side. Against peers that say one byte a second.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Resumption of TLS sessions between proxies, and what is remembered for it.</summary>
    public TlsOptions Tls { get; init; } = TlsOptions.Default;

    /// <summary>
    /// How long a connection we made may finish what is on its way when its server is not trusted any more: after a trust anchor is taken
    /// away, servers may still be known by certificates under it that have long been replaced. Clients get no such time.
    /// </summary>
    public TimeSpan UntrustedGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the first byte of a request's head to its last. 30 s as in Envoy's and nginx's order of magnitude (60 s).</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A client connection between two requests. Longer than a client's usual 60-90 s pools, so that clients close first.</summary>
    public TimeSpan ClientIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>An upstream connection nobody uses. Shorter than nginx's keepalive_timeout of 75 s, so that we close first.</summary>
    public TimeSpan PoolIdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The same for connections to an application that carry a client's address, which only that client's requests can use: every client
    /// has its own, and most come again soon or not at all.
    /// </summary>
    public TimeSpan ClientAddressIdleTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A request or response body, or response head, that does not move at all. Long polls and slow handlers are legal.</summary>
    public TimeSpan ExchangeIdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>An opaque connection without a byte either way. A day: a database pool may rest for hours; keep-alive finds the dead.</summary>
    public TimeSpan OpaqueIdleTimeout { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long sent bytes may stay unacknowledged, so that a cut link is noticed within the 10 s the mesh promises.</summary>
    public TimeSpan UnacknowledgedTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a closed connection may go on sending before it is cut, so that it gets to read the last response.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether HTTP/1.1 requests to other proxies travel through connections that a pod's requests share. Measured: it saves TLS records
    /// and system calls (docs/adr/0007).
    /// </summary>
    public bool ShareConnections { get; init; } = true;

    /// <summary>Bytes of an HTTP/1 message's head; <see cref="Http2Options.MaxHeaderBytes"/> is the same for HTTP/2. At most 64 KB.</summary>
    public int MaxHeaderBytes { get; init; } = HeadScanner.MaxLength;

    /// <summary>Limits of HTTP/2 connections.</summary>
    public Http2Options Http2 { get; init; } = new();

    /// <summary>
    /// Where the access logs of pods that ask for one are written: a file that is added to; empty: standard output, where `kubectl logs` and
    /// every log collector find them.
    /// </summary>
    public string AccessLogPath { get; init; } = "";

    /// <summary>
    /// Where spans are sent: the address of a collector that takes OTLP over HTTP (http://collector:4318). Null: no tracing, and no request
    /// is looked at for it.
    /// </summary>
    public Uri? TraceCollector { get; init; }

    /// <summary>How long a span may wait for others to be sent with. OpenTelemetry's SDKs wait 5 s; the traces of a test should not.</summary>
    public TimeSpan TraceInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the collector may take for a batch. OpenTelemetry's default.</summary>
    public TimeSpan TraceTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Different endpoints tried for one request or connection before giving up.</summary>
    public int ConnectAttempts { get; init; } = 3;

    /// <summary>Connections a loop carries; beyond it new ones are closed at once instead of starving those there are.</summary>
    public int MaxConnectionsPerLoop { get; init; } = 100_000;

    /// <summary>
    /// Connections of one pod on all loops, per direction; beyond it new ones are closed at once, so that one pod that is flooded, or floods,
    /// leaves the others of its node their share: a fifth of what a loop carries.
    /// </summary>
    public int MaxConnectionsPerPod { get; init; } = 20_000;

    /// <summary>Idle upstream connections kept per client pod and endpoint.</summary>
    public int MaxIdlePerEndpoint { get; init; } = 100;

    /// <summary>Label sets per loop; what does not fit is counted in one series without peer labels.</summary>
    public int MaxSeriesPerLoop { get; init; } = 10_000;

    /// <summary>Series without traffic for this long are dropped, as in Linkerd.</summary>
    public TimeSpan SeriesIdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a client's connection may rest between two requests once another process has taken over. A client with a request at least
    /// this often never sees its connection close without having been told; Kubernetes' probes and most health checks come every 10 s.
    /// </summary>
    public TimeSpan DrainIdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long what a pod said last may take to reach its peers after its processes have ended. The container runtime waits for it, and a
    /// peer of a round trip of 100 ms needs two of them.
    /// </summary>
    public TimeSpan PodDrainTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long <see cref="DataPlaneEngine.StopAsync"/> lets requests and connections finish.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
