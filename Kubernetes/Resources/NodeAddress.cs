namespace Mesh.Kubernetes.Resources;

/// <summary>One address of a node: InternalIP, Hostname, ….</summary>
public sealed record NodeAddress : OpenRecord
{
    public string Type { get; init; } = "";
    public string Address { get; init; } = "";
}
