namespace Mesh.Kubernetes.Resources;

/// <summary>Where an environment variable's value comes from.</summary>
public sealed record EnvVarSource : OpenRecord
{
    public ObjectFieldSelector? FieldRef { get; init; }
    public ResourceFieldSelector? ResourceFieldRef { get; init; }
    public KeySelector? ConfigMapKeyRef { get; init; }
    public KeySelector? SecretKeyRef { get; init; }
}
