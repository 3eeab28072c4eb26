namespace Mesh.Kubernetes.Resources;

/// <summary>A resource request or limit of a container.</summary>
public sealed record ResourceFieldSelector : OpenRecord
{
    public string? ContainerName { get; init; }
    public string Resource { get; init; } = "";
}
