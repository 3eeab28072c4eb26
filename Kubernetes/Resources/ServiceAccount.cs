namespace Mesh.Kubernetes.Resources;

/// <summary>A service account.</summary>
public sealed record ServiceAccount() : KubernetesResource(Definition), IKubernetesResource<ServiceAccount>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "serviceaccounts", "ServiceAccount", Namespaced: true);

    public bool? AutomountServiceAccountToken { get; init; }
}
