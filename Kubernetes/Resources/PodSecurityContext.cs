namespace Mesh.Kubernetes.Resources;

/// <summary>Users and groups of all containers of a pod.</summary>
public sealed record PodSecurityContext : OpenRecord
{
    public long? RunAsUser { get; init; }
    public long? RunAsGroup { get; init; }
    public bool? RunAsNonRoot { get; init; }
    public long? FsGroup { get; init; }
    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];
}
