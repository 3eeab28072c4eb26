namespace Mesh.Kubernetes.Resources;

/// <summary>How the link itself stands, and one entry per mirrored and per federated service.</summary>
public sealed record LinkStatus : OpenRecord
{
    /// <summary>Not in Linkerd's Link: whether the target cluster is followed.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
    public IReadOnlyList<LinkServiceStatus> MirrorServices { get; init; } = [];
    public IReadOnlyList<LinkServiceStatus> FederatedServices { get; init; } = [];
}
