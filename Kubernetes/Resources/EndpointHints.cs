namespace Mesh.Kubernetes.Resources;

/// <summary>For which zones and nodes an endpoint is meant.</summary>
public sealed record EndpointHints : OpenRecord
{
    public IReadOnlyList<ForZone> ForZones { get; init; } = [];
    public IReadOnlyList<ForNode> ForNodes { get; init; } = [];
}
