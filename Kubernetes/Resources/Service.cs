namespace Mesh.Kubernetes.Resources;

/// <summary>A service.</summary>
public sealed record Service() : KubernetesResource(Definition), IKubernetesResource<Service>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "services", "Service", Namespaced: true);

    public ServiceSpec Spec { get; init; } = new();
    public ServiceStatus Status { get; init; } = new();
}
