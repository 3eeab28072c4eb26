namespace Mesh.Kubernetes.Resources;

/// <summary>One node of an endpoint's hints.</summary>
public sealed record ForNode : OpenRecord
{
    public string Name { get; init; } = "";
}
