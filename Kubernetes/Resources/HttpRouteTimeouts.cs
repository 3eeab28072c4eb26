namespace Mesh.Kubernetes.Resources;

/// <summary>Time limits of a rule, as durations of GEP-2257.</summary>
public sealed record HttpRouteTimeouts : OpenRecord
{
    public string? Request { get; init; }
    public string? BackendRequest { get; init; }
}
