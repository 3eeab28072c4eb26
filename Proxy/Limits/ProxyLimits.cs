using System.Text;
using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.Limits;

/// <summary>All limits that can be set. docs/proxy-options.md is written from this list; the defaults are those of the options.</summary>
internal static class ProxyLimits
{
    private const long Second = 1000;
    private const long Hour = 3600 * Second;

    public static IReadOnlyList<LimitSetting> All { get; } =
    [
        Number("MESH_LIMIT_HEADER_BYTES", 4096, 64 * 1024,
            "Bytes of a message's head, decoded: in HTTP/2 name + value + 32 for each field. A larger request gets 431.",
            "What Linkerd's proxy and most servers take; nothing else about a request may grow a buffer.",
            options => options.MaxHeaderBytes,
            (options, value) => options with { MaxHeaderBytes = (int)value, Http2 = options.Http2 with { MaxHeaderBytes = (int)value } }),
        Number("MESH_LIMIT_STREAMS", 1, 10_000,
            "Requests that an HTTP/2 connection may carry at once. More are refused (REFUSED_STREAM), which a client may repeat.",
            "More than the 100 of common servers, since a connection between two proxies carries all requests of a pod to another.",
            options => options.Http2.MaxStreams,
            (options, value) => options with { Http2 = options.Http2 with { MaxStreams = (int)value } }),
        Number("MESH_LIMIT_RESETS_PER_SECOND", 1, 100_000,
            "Streams of an HTTP/2 connection that may be begun and reset per second, after a burst of ten times as many. Then it is closed.",
            "Rapid reset (CVE-2023-44487, CVE-2025-8671). nghttp2 allows a third; a client that gives up requests in earnest is far below.",
            options => options.Http2.ResetsPerSecond,
            (options, value) => options with { Http2 = options.Http2 with { ResetsPerSecond = (int)value, ResetBurst = (int)value * 10 } }),
        Number("MESH_LIMIT_CONNECTIONS_PER_POD", 1, 1_000_000,
            "Connections of one pod in each direction. New ones are closed at once and counted as TooManyPodConnections.",
            "A fifth of what a loop carries: one pod that is flooded, or floods, leaves the others of its node their share.",
            options => options.MaxConnectionsPerPod, (options, value) => options with { MaxConnectionsPerPod = (int)value }),
        Number("MESH_LIMIT_CONNECTIONS", 1, 1_000_000,
            "Connections that one loop carries. New ones are closed at once and counted as TooManyConnections.",
            "Closing new connections is better than running out of memory, which would end those there are.",
            options => options.MaxConnectionsPerLoop, (options, value) => options with { MaxConnectionsPerLoop = (int)value }),
        Number("MESH_LIMIT_SERIES", 100, 1_000_000,
            "Sets of metric labels that one loop keeps. What does not fit counts in series without the labels of the other end.",
            "No label comes from the wire, but clients' identities can be many; Prometheus suffers before the proxy does.",
            options => options.MaxSeriesPerLoop, (options, value) => options with { MaxSeriesPerLoop = (int)value }),
        Time("MESH_LIMIT_HANDSHAKE_TIME", 100, 300 * Second,
            "A TLS handshake, either side.",
            "Two round trips and some arithmetic; longer only helps clients that say one byte a second.",
            options => options.HandshakeTimeout, (options, value) => options with { HandshakeTimeout = value }),
        Time("MESH_LIMIT_DETECT_TIME", 10, 300 * Second,
            "How long a client may take to show what it speaks. Then its bytes are carried as they are.",
            "As in Linkerd.",
            options => options.DetectTimeout, (options, value) => options with { DetectTimeout = value }),
        Time("MESH_LIMIT_OPAQUE_DETECT_TIME", 10, 300 * Second,
            "The same on opaque ports, where only a mesh handshake is looked for.",
            "A proxy begins at once; an unmeshed client may wait for its server to speak first, and should not wait long.",
            options => options.OpaqueDetectTimeout, (options, value) => options with { OpaqueDetectTimeout = value }),
        Time("MESH_LIMIT_HEAD_TIME", 100, Hour,
            "From the first byte of an HTTP/1 request's head to its last. Then it gets 408.",
            "The order of magnitude of nginx and Envoy.",
            options => options.HeadTimeout, (options, value) => options with { HeadTimeout = value }),
        Time("MESH_LIMIT_CLIENT_IDLE_TIME", 100, 24 * Hour,
            "A client's connection without a request.",
            "Longer than the pools of common clients (60 to 90 s), so that it is the client that closes.",
            options => options.ClientIdleTimeout, (options, value) => options with { ClientIdleTimeout = value }),
        Time("MESH_LIMIT_POOL_IDLE_TIME", 100, 24 * Hour,
            "A connection to an endpoint without a request.",
            "Shorter than nginx's keepalive_timeout of 75 s, so that it is the proxy that closes.",
            options => options.PoolIdleTimeout, (options, value) => options with { PoolIdleTimeout = value }),
        Time("MESH_LIMIT_EXCHANGE_IDLE_TIME", 100, 24 * Hour,
            "A request or response of which nothing moves. Before the response it gets 504.",
            "Long polls and slow handlers are legal; routes have limits of their own (timeout.linkerd.io).",
            options => options.ExchangeIdleTimeout, (options, value) => options with { ExchangeIdleTimeout = value }),
        Time("MESH_LIMIT_OPAQUE_IDLE_TIME", 100, 24 * 30 * Hour,
            "A connection carried as bytes of which none moves.",
            "A pool of database connections may rest for hours; TCP keep-alive finds those whose peer is gone.",
            options => options.OpaqueIdleTimeout, (options, value) => options with { OpaqueIdleTimeout = value }),
    ];

    /// <summary>Reads the limits that the environment sets.</summary>
    /// <param name="environment">Reads a variable; null or empty: the default.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <returns>Values by variable.</returns>
    public static IReadOnlyDictionary<string, long> Read(Func<string, string?> environment, ICollection<string> errors)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var setting in All)
        {
            if (environment(setting.Variable)?.Trim() is not { Length: > 0 } text)
            {
                continue;
            }
            if (setting.TryParse(text, out var value, out var error))
            {
                values[setting.Variable] = value;
            }
            else
            {
                errors.Add(error);
            }
        }
        return values;
    }

    /// <returns>The options with the values that <see cref="Read"/> has read.</returns>
    public static DataPlaneOptions Apply(DataPlaneOptions options, IReadOnlyDictionary<string, long> values) =>
        All.Where(setting => values.ContainsKey(setting.Variable))
            .Aggregate(options, (current, setting) => setting.Set(current, values[setting.Variable]));

    /// <summary>The table of docs/proxy-options.md.</summary>
    public static string ToMarkdown()
    {
        var defaults = new DataPlaneOptions();
        var table = new StringBuilder("| variable | default | from, to | what it limits | why this default |\n|---|---|---|---|---|\n");
        foreach (var setting in All)
        {
            table.Append("| `").Append(setting.Variable).Append("` | ").Append(setting.Show(setting.Get(defaults)))
                .Append(" | ").Append(setting.Show(setting.Minimum)).Append(", ").Append(setting.Show(setting.Maximum))
                .Append(" | ").Append(setting.Meaning).Append(" | ").Append(setting.Reason).Append(" |\n");
        }
        return table.ToString();
    }

    private static LimitSetting Number(
        string variable, long minimum, long maximum, string meaning, string reason, Func<DataPlaneOptions, long> get,
        Func<DataPlaneOptions, long, DataPlaneOptions> set) => new(variable, false, minimum, maximum, meaning, reason, get, set);

    private static LimitSetting Time(
        string variable, long minimum, long maximum, string meaning, string reason, Func<DataPlaneOptions, TimeSpan> get,
        Func<DataPlaneOptions, TimeSpan, DataPlaneOptions> set) => new(
            variable, true, minimum, maximum, meaning, reason, options => (long)get(options).TotalMilliseconds,
            (options, value) => set(options, TimeSpan.FromMilliseconds(value)));
}
