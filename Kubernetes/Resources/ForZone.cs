namespace Mesh.Kubernetes.Resources;

/// <summary>One zone of an endpoint's hints.</summary>
public sealed record ForZone : OpenRecord
{
    public string Name { get; init; } = "";
}
