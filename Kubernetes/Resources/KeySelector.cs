namespace Mesh.Kubernetes.Resources;

/// <summary>One key of a ConfigMap or Secret.</summary>
public sealed record KeySelector : OpenRecord
{
    public string Name { get; init; } = "";
    public string Key { get; init; } = "";
    public bool? Optional { get; init; }
}
