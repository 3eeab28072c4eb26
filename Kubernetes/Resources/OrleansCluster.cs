namespace Mesh.Kubernetes.Resources;

/// <summary>The membership table of an Orleans cluster: its version, and the last change made to it. One per table.</summary>
public sealed record OrleansCluster() : KubernetesResource(Definition), IKubernetesResource<OrleansCluster>
{
    public static ResourceDefinition Definition { get; } =
        new("membership.mesh-orleans.io", "v1alpha1", "orleansclusters", "OrleansCluster", Namespaced: true);

    public OrleansClusterSpec Spec { get; init; } = new();
}
