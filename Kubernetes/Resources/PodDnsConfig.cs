namespace Mesh.Kubernetes.Resources;

/// <summary>Name servers and search domains added to what the DNS policy gives.</summary>
public sealed record PodDnsConfig : OpenRecord
{
    public IReadOnlyList<string> Nameservers { get; init; } = [];
    public IReadOnlyList<string> Searches { get; init; } = [];
    public IReadOnlyList<PodDnsOption> Options { get; init; } = [];
}
