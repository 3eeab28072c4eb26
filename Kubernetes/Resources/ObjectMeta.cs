using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Kubernetes.Resources;

/// <summary>
/// What every object carries: name, namespace, labels, annotations, owners, versions. Managed fields are dropped on reading; the API
/// server keeps its own.
/// </summary>
public sealed record ObjectMeta : OpenRecord
{
    public string Name { get; init; } = "";
    public string? GenerateName { get; init; }
    public string? Namespace { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public long? Generation { get; init; }
    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }
    public long? DeletionGracePeriodSeconds { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = FrozenDictionary<string, string>.Empty;
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = FrozenDictionary<string, string>.Empty;
    public IReadOnlyList<OwnerReference> OwnerReferences { get; init; } = [];
    public IReadOnlyList<string> Finalizers { get; init; } = [];

    [JsonInclude]
    private JsonElement? ManagedFields { get => null; init { } }
}
