namespace Mesh.Kubernetes.Resources;

/// <summary>Which port of which pods, and what is spoken there.</summary>
public sealed record ServerSpec : OpenRecord
{
    public LabelSelector? PodSelector { get; init; }
    public LabelSelector? ExternalWorkloadSelector { get; init; }
    public IntOrString Port { get; init; }
    public string? ProxyProtocol { get; init; }
    public string? AccessPolicy { get; init; }
}
