using System.Text.Json.Serialization;

namespace Mesh.Interfaces.Viz;

/// <summary>One row of <c>mesh viz stat</c>. Null: there was no traffic, shown as "-". JSON names are those of <c>linkerd viz stat -o json</c>.</summary>
public sealed record VizStatRow
{
    [JsonPropertyName("namespace")] public required string Namespace { get; init; }
    [JsonPropertyName("kind")] public required string Kind { get; init; }
    [JsonPropertyName("name")] public required string Name { get; init; }

    /// <summary>"meshed pods/running pods".</summary>
    [JsonPropertyName("meshed")] public required string Meshed { get; init; }

    /// <summary>Share of successful responses, 0 to 1.</summary>
    [JsonPropertyName("success")] public double? Success { get; init; }

    /// <summary>Requests per second.</summary>
    [JsonPropertyName("rps")] public double? Rps { get; init; }

    [JsonPropertyName("latency_ms_p50")] public double? LatencyP50 { get; init; }
    [JsonPropertyName("latency_ms_p95")] public double? LatencyP95 { get; init; }
    [JsonPropertyName("latency_ms_p99")] public double? LatencyP99 { get; init; }
    [JsonPropertyName("tcp_open_connections")] public long? TcpOpenConnections { get; init; }

    /// <summary>Bytes per second.</summary>
    [JsonPropertyName("tcp_read_bytes_rate")] public double? TcpReadBytesRate { get; init; }

    [JsonPropertyName("tcp_write_bytes_rate")] public double? TcpWriteBytesRate { get; init; }
}
