using System.Text.Json.Serialization;

namespace Mesh.Kubernetes.Resources;

/// <summary>What all typed objects share. A new one has its kind and version already; items of a list get them too.</summary>
public abstract record KubernetesResource : OpenRecord, IKubernetesResource
{
    protected KubernetesResource(ResourceDefinition definition)
    {
        ApiVersion = definition.ApiVersion;
        Kind = definition.Kind;
    }

    [JsonPropertyOrder(-3)]
    public string ApiVersion { get; init; }

    [JsonPropertyOrder(-2)]
    public string Kind { get; init; }

    [JsonPropertyOrder(-1)]
    public ObjectMeta Metadata { get; init; } = new();
}
