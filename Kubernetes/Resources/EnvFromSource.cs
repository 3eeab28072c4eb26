namespace Mesh.Kubernetes.Resources;

/// <summary>Every key of a ConfigMap or Secret as environment variables.</summary>
public sealed record EnvFromSource : OpenRecord
{
    public string? Prefix { get; init; }
    public OptionalReference? ConfigMapRef { get; init; }
    public OptionalReference? SecretRef { get; init; }
}
