namespace Mesh.Kubernetes.Resources;

/// <summary>What was accepted of a policy object and what was not.</summary>
public sealed record PolicyStatus : OpenRecord
{
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
