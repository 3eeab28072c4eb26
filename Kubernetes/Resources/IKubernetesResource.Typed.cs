namespace Mesh.Kubernetes.Resources;

/// <summary>A Kubernetes object whose type says under which path the API server keeps it.</summary>
public interface IKubernetesResource<TSelf> : IKubernetesResource
    where TSelf : class, IKubernetesResource<TSelf>
{
    static abstract ResourceDefinition Definition { get; }
}
