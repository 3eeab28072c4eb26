using System.Text.Json.Serialization;

namespace Mesh.Kubernetes.Resources;

/// <summary>A port that a container listens on.</summary>
public sealed record ContainerPort : OpenRecord
{
    public string? Name { get; init; }
    [JsonPropertyName("containerPort")]
    public int Port { get; init; }
    public int? HostPort { get; init; }
    public string? HostIP { get; init; }
    public string? Protocol { get; init; }
}
