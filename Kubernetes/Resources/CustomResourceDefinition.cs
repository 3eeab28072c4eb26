namespace Mesh.Kubernetes.Resources;

/// <summary>A custom resource definition.</summary>
public sealed record CustomResourceDefinition() : KubernetesResource(Definition), IKubernetesResource<CustomResourceDefinition>
{
    public static ResourceDefinition Definition { get; } = new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", Namespaced: false);

    public CustomResourceDefinitionSpec Spec { get; init; } = new();
    public CustomResourceDefinitionStatus Status { get; init; } = new();
}
