namespace Mesh.Kubernetes.Resources;

/// <summary>Allows traffic to its target from clients that satisfy every required authentication.</summary>
public sealed record AuthorizationPolicy() : KubernetesResource(Definition), IKubernetesResource<AuthorizationPolicy>
{
    public static ResourceDefinition Definition { get; } = new("policy.linkerd.io", "v1alpha1", "authorizationpolicies", "AuthorizationPolicy", Namespaced: true);

    public AuthorizationPolicySpec Spec { get; init; } = new();
    public PolicyStatus Status { get; init; } = new();
}
