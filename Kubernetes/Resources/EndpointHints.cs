namespace Mesh.Kubernetes.Resources;

/// <summary>For which zones an endpoint is meant.</summary>
public sealed record EndpointHints : OpenRecord
{
    public IReadOnlyList<ForZone> ForZones { get; init; } = [];
}
