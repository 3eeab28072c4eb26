namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a node.</summary>
public sealed record NodeSpec : OpenRecord
{
    public string? PodCIDR { get; init; }
    public IReadOnlyList<string> PodCIDRs { get; init; } = [];
    public bool? Unschedulable { get; init; }
    public IReadOnlyList<Taint> Taints { get; init; } = [];
}
