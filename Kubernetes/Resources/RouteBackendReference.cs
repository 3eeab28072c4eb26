namespace Mesh.Kubernetes.Resources;

/// <summary>Where a rule sends requests.</summary>
public sealed record RouteBackendReference : OpenRecord
{
    public string? Group { get; init; }
    public string? Kind { get; init; }
    public string? Namespace { get; init; }
    public string Name { get; init; } = "";
    public int? Port { get; init; }
    public int? Weight { get; init; }
    public IReadOnlyList<RouteFilter> Filters { get; init; } = [];
}
