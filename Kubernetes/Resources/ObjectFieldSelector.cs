namespace Mesh.Kubernetes.Resources;

/// <summary>A field of the pod itself, such as status.podIP.</summary>
public sealed record ObjectFieldSelector : OpenRecord
{
    public string? ApiVersion { get; init; }
    public string FieldPath { get; init; } = "";
}
