namespace Mesh.Kubernetes.Resources;

/// <summary>A silo in the membership table of an Orleans cluster: a row.</summary>
public sealed record OrleansSilo() : KubernetesResource(Definition), IKubernetesResource<OrleansSilo>
{
    public static ResourceDefinition Definition { get; } =
        new("membership.mesh-orleans.io", "v1alpha1", "orleanssilos", "OrleansSilo", Namespaced: true);

    public OrleansSiloSpec Spec { get; init; } = new();
}
