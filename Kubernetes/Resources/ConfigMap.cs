using System.Collections.Frozen;

namespace Mesh.Kubernetes.Resources;

/// <summary>A config map.</summary>
public sealed record ConfigMap() : KubernetesResource(Definition), IKubernetesResource<ConfigMap>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "configmaps", "ConfigMap", Namespaced: true);

    public IReadOnlyDictionary<string, string> Data { get; init; } = FrozenDictionary<string, string>.Empty;
    public IReadOnlyDictionary<string, byte[]> BinaryData { get; init; } = FrozenDictionary<string, byte[]>.Empty;
    public bool? Immutable { get; init; }
}
