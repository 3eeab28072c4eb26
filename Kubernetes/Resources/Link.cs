namespace Mesh.Kubernetes.Resources;

/// <summary>A link to another cluster, the source of mirror services. Linkerd's CRD, every field.</summary>
public sealed record Link() : KubernetesResource(Definition), IKubernetesResource<Link>
{
    public static ResourceDefinition Definition { get; } = new("multicluster.linkerd.io", "v1alpha3", "links", "Link", Namespaced: true);

    public LinkSpec Spec { get; init; } = new();
    public LinkStatus Status { get; init; } = new();
}
