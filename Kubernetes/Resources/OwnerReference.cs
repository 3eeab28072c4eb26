namespace Mesh.Kubernetes.Resources;

/// <summary>The object that owns this one.</summary>
public sealed record OwnerReference : OpenRecord
{
    public string ApiVersion { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Name { get; init; } = "";
    public string Uid { get; init; } = "";
    public bool? Controller { get; init; }
    public bool? BlockOwnerDeletion { get; init; }
}
