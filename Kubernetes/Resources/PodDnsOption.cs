namespace Mesh.Kubernetes.Resources;

/// <summary>One option of resolv.conf.</summary>
public sealed record PodDnsOption : OpenRecord
{
    public string Name { get; init; } = "";
    public string? Value { get; init; }
}
