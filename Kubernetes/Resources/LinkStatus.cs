namespace Mesh.Kubernetes.Resources;

/// <summary>One entry per mirrored and per federated service.</summary>
public sealed record LinkStatus : OpenRecord
{
    public IReadOnlyList<LinkServiceStatus> MirrorServices { get; init; } = [];
    public IReadOnlyList<LinkServiceStatus> FederatedServices { get; init; } = [];
}
