namespace Mesh.Kubernetes.Resources;

/// <summary>Any Kubernetes object.</summary>
public interface IKubernetesResource
{
    /// <summary>Group and version, such as <c>apps/v1</c>; for the core group the version alone.</summary>
    string ApiVersion { get; }

    string Kind { get; }

    ObjectMeta Metadata { get; init; }
}
