using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes;

/// <summary>One event of a watch.</summary>
public sealed record WatchEvent<T>
    where T : class, IKubernetesResource
{
    public required WatchEventType Type { get; init; }

    /// <summary>The object; null for a bookmark and where <see cref="Undecodable"/> is set.</summary>
    public T? Object { get; init; }

    /// <summary>Set when the object cannot be read: always for that type, possibly for a deletion.</summary>
    public UndecodableResource? Undecodable { get; init; }

    /// <summary>Where a new watch would go on.</summary>
    public required string ResourceVersion { get; init; }
}
