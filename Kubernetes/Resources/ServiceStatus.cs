namespace Mesh.Kubernetes.Resources;

/// <summary>What is reported about a service.</summary>
public sealed record ServiceStatus : OpenRecord
{
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
