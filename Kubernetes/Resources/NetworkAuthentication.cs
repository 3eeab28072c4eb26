namespace Mesh.Kubernetes.Resources;

/// <summary>Clients by their address.</summary>
public sealed record NetworkAuthentication() : KubernetesResource(Definition), IKubernetesResource<NetworkAuthentication>
{
    public static ResourceDefinition Definition { get; } = new("policy.linkerd.io", "v1alpha1", "networkauthentications", "NetworkAuthentication", Namespaced: true);

    public NetworkAuthenticationSpec Spec { get; init; } = new();
    public PolicyStatus Status { get; init; } = new();
}
