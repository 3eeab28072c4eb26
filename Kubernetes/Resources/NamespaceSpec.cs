namespace Mesh.Kubernetes.Resources;

/// <summary>What is wanted of a namespace.</summary>
public sealed record NamespaceSpec : OpenRecord
{
    public IReadOnlyList<string> Finalizers { get; init; } = [];
}
