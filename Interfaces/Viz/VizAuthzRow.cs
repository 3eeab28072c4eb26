using System.Text.Json.Serialization;

namespace Mesh.Interfaces.Viz;

/// <summary>One row of <c>mesh viz authz</c>. JSON names are those of <c>linkerd viz authz -o json</c>.</summary>
public sealed record VizAuthzRow
{
    /// <summary>"default" or "probe".</summary>
    [JsonPropertyName("route")] public required string Route { get; init; }

    /// <summary>The Server's name, or "default:all-unauthenticated" and the like.</summary>
    [JsonPropertyName("server")] public required string Server { get; init; }

    /// <summary>"authorizationpolicy/bb-authz", "default/all-unauthenticated", "default/probe"; empty for what was denied.</summary>
    [JsonPropertyName("authorization")] public required string Authorization { get; init; }

    /// <summary>Denied requests per second.</summary>
    [JsonPropertyName("unauthorized")] public double Unauthorized { get; init; }

    /// <summary>Share of successful responses, 0 to 1.</summary>
    [JsonPropertyName("success")] public double Success { get; init; }

    /// <summary>Allowed requests per second.</summary>
    [JsonPropertyName("rps")] public double Rps { get; init; }

    [JsonPropertyName("latency_ms_p50")] public double LatencyP50 { get; init; }
    [JsonPropertyName("latency_ms_p95")] public double LatencyP95 { get; init; }
    [JsonPropertyName("latency_ms_p99")] public double LatencyP99 { get; init; }
}
