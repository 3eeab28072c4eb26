namespace Mesh.Kubernetes.Resources;

/// <summary>Which cluster is linked, and which of its services are mirrored. A selector that is absent or empty selects nothing.</summary>
public sealed record LinkSpec : OpenRecord
{
    public string TargetClusterName { get; init; } = "";
    public string? TargetClusterDomain { get; init; }
    public string? TargetClusterLinkerdNamespace { get; init; }
    public string? ClusterCredentialsSecret { get; init; }
    public string? GatewayAddress { get; init; }
    public IntOrString? GatewayPort { get; init; }
    public string? GatewayIdentity { get; init; }
    public LinkProbeSpec? ProbeSpec { get; init; }
    public LabelSelector? Selector { get; init; }
    public LabelSelector? RemoteDiscoverySelector { get; init; }
    public LabelSelector? FederatedServiceSelector { get; init; }
    public IReadOnlyList<string> ExcludedAnnotations { get; init; } = [];
    public IReadOnlyList<string> ExcludedLabels { get; init; } = [];
}
