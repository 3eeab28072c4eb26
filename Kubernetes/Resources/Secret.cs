using System.Collections.Frozen;

namespace Mesh.Kubernetes.Resources;

/// <summary>A secret.</summary>
public sealed record Secret() : KubernetesResource(Definition), IKubernetesResource<Secret>
{
    public static ResourceDefinition Definition { get; } = new("", "v1", "secrets", "Secret", Namespaced: true);

    public string? Type { get; init; }
    public IReadOnlyDictionary<string, byte[]> Data { get; init; } = FrozenDictionary<string, byte[]>.Empty;
    public IReadOnlyDictionary<string, string> StringData { get; init; } = FrozenDictionary<string, string>.Empty;
    public bool? Immutable { get; init; }
}
