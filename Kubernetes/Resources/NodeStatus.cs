using System.Collections.Frozen;

namespace Mesh.Kubernetes.Resources;

/// <summary>What a node reports.</summary>
public sealed record NodeStatus : OpenRecord
{
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
    public IReadOnlyList<NodeAddress> Addresses { get; init; } = [];
    public NodeInfo? NodeInfo { get; init; }
    public IReadOnlyDictionary<string, string> Capacity { get; init; } = FrozenDictionary<string, string>.Empty;
    public IReadOnlyDictionary<string, string> Allocatable { get; init; } = FrozenDictionary<string, string>.Empty;
}
