namespace Mesh.Kubernetes.Resources;

/// <summary>One environment variable.</summary>
public sealed record EnvVar : OpenRecord
{
    public string Name { get; init; } = "";
    public string? Value { get; init; }
    public EnvVarSource? ValueFrom { get; init; }
}
