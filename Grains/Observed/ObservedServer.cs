using Mesh.Interfaces.Links;

namespace Mesh.Grains.Observed;

/// <summary>A Server (policy.linkerd.io) with its fields as written: planners judge whether they are valid.</summary>
/// <param name="ApiVersion">The version it was read in, such as "v1beta3"; the informer reads the stored one.</param>
/// <param name="PodSelector">spec.podSelector; null when absent. As everywhere in Kubernetes an empty one selects every pod.</param>
/// <param name="HasExternalWorkloadSelector">spec.externalWorkloadSelector is there.</param>
/// <param name="Port">spec.port, number or name, as text; null when absent.</param>
/// <param name="ProxyProtocol">spec.proxyProtocol; null when absent.</param>
/// <param name="AccessPolicy">spec.accessPolicy; null when absent.</param>
public sealed record ObservedServer(
    ObservedPolicyMetadata Metadata,
    string ApiVersion,
    LabelSelectorSpec? PodSelector,
    bool HasExternalWorkloadSelector,
    string? Port,
    string? ProxyProtocol,
    string? AccessPolicy);
