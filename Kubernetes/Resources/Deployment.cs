namespace Mesh.Kubernetes.Resources;

/// <summary>A deployment.</summary>
public sealed record Deployment() : KubernetesResource(Definition), IKubernetesResource<Deployment>
{
    public static ResourceDefinition Definition { get; } = new("apps", "v1", "deployments", "Deployment", Namespaced: true);

    public DeploymentSpec Spec { get; init; } = new();
    public DeploymentStatus Status { get; init; } = new();
}
