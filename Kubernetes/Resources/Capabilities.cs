namespace Mesh.Kubernetes.Resources;

/// <summary>Linux capabilities added and dropped.</summary>
public sealed record Capabilities : OpenRecord
{
    public IReadOnlyList<string> Add { get; init; } = [];
    public IReadOnlyList<string> Drop { get; init; } = [];
}
