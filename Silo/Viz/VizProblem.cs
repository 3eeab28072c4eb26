using System.Text.Json.Serialization;

namespace Mesh.Silo.Viz;

/// <summary>Problem details (RFC 9457, 3.1).</summary>
internal sealed record VizProblem(
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("status")] int Status,
    [property: JsonPropertyName("detail")] string Detail);
