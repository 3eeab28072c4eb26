namespace Mesh.Kubernetes.Resources;

/// <summary>Clients by their mesh identity. Exactly one of the two lists may be given; null means absent.</summary>
public sealed record MeshTLSAuthentication() : KubernetesResource(Definition), IKubernetesResource<MeshTLSAuthentication>
{
    public static ResourceDefinition Definition { get; } = new("policy.linkerd.io", "v1alpha1", "meshtlsauthentications", "MeshTLSAuthentication", Namespaced: true);

    public MeshTLSAuthenticationSpec Spec { get; init; } = new();
    public PolicyStatus Status { get; init; } = new();
}
