namespace Mesh.Kubernetes.Resources;

/// <summary>One address of a pod.</summary>
public sealed record PodIP : OpenRecord
{
    public string Ip { get; init; } = "";
}
