namespace Mesh.Kubernetes.Resources;

/// <summary>A node.</summary>
public sealed record Node() : KubernetesResource(Definition), IKubernetesResource<Node>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "nodes", "Node", Namespaced: false);

    public NodeSpec Spec { get; init; } = new();
    public NodeStatus Status { get; init; } = new();
}
