namespace Mesh.Kubernetes.Resources;

/// <summary>Active or Terminating.</summary>
public sealed record NamespaceStatus : OpenRecord
{
    public string? Phase { get; init; }
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
