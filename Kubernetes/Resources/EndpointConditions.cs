namespace Mesh.Kubernetes.Resources;

/// <summary>Absent means ready, serving and not terminating.</summary>
public sealed record EndpointConditions : OpenRecord
{
    public bool? Ready { get; init; }
    public bool? Serving { get; init; }
    public bool? Terminating { get; init; }
}
