namespace Mesh.Kubernetes.Resources;

/// <summary>A ConfigMap or Secret by name that may be allowed to be missing.</summary>
public sealed record OptionalReference : OpenRecord
{
    public string Name { get; init; } = "";
    public bool? Optional { get; init; }
}
