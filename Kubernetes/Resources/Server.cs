namespace Mesh.Kubernetes.Resources;

/// <summary>Selects a port of some pods, for authorization policies to target.</summary>
public sealed record Server() : KubernetesResource(Definition), IKubernetesResource<Server>
{
    public static ResourceDefinition Definition { get; } = new("policy.linkerd.io", "v1beta3", "servers", "Server", Namespaced: true);

    public ServerSpec Spec { get; init; } = new();
    public PolicyStatus Status { get; init; } = new();
}
