namespace Mesh.Kubernetes.Resources;

/// <summary>A namespace.</summary>
public sealed record Namespace() : KubernetesResource(Definition), IKubernetesResource<Namespace>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "namespaces", "Namespace", Namespaced: false);

    public NamespaceSpec Spec { get; init; } = new();
    public NamespaceStatus Status { get; init; } = new();
}
