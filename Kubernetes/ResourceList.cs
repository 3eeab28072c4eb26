using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes;

/// <summary>What a list request gave.</summary>
public sealed record ResourceList<T>
    where T : IKubernetesResource
{
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Objects that are there but could not be read; the others are unaffected.</summary>
    public IReadOnlyList<UndecodableResource> Undecodable { get; init; } = [];

    /// <summary>Watch from here.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Not null: there is more, got with <see cref="ListOptions.Continue"/>.</summary>
    public string? Continue { get; init; }
}
