namespace Mesh.Kubernetes.Resources;

/// <summary>The older form of a service's addresses.</summary>
public sealed record Endpoints() : KubernetesResource(Definition), IKubernetesResource<Endpoints>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "endpoints", "Endpoints", Namespaced: true);

    public IReadOnlyList<EndpointSubset> Subsets { get; init; } = [];
}
