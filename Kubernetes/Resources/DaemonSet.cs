namespace Mesh.Kubernetes.Resources;

/// <summary>A daemon set.</summary>
public sealed record DaemonSet() : KubernetesResource(Definition), IKubernetesResource<DaemonSet>
{
    public static ResourceDefinition Definition { get; } = new("apps", "v1", "daemonsets", "DaemonSet", Namespaced: true);

    public DaemonSetSpec Spec { get; init; } = new();
    public DaemonSetStatus Status { get; init; } = new();
}
