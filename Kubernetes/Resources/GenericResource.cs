using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Kubernetes.Resources;

/// <summary>An object of any kind as JSON, for kinds without a type of their own and for passing manifests on unchanged.</summary>
public sealed record GenericResource : IKubernetesResource
{
    /// <param name="json">The whole object; it is not copied.</param>
    /// <exception cref="JsonException"><c>metadata</c> is not what it must be.</exception>
    public GenericResource(JsonObject json)
    {
        Json = json;
        Metadata = json["metadata"] is { } metadata ? metadata.Deserialize<ObjectMeta>(KubernetesJson.Options) ?? new() : new();
    }

    public JsonObject Json { get; }

    /// <summary>Empty when the object does not say.</summary>
    public string ApiVersion => Text("apiVersion");

    /// <summary>Empty when the object does not say.</summary>
    public string Kind => Text("kind");

    /// <summary>A typed view of <c>metadata</c>, read once; changing <see cref="Json"/> does not change it.</summary>
    public ObjectMeta Metadata { get; init; }

    private string Text(string field) => Json[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}
