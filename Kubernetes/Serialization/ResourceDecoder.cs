using System.Text.Json;
using Mesh.Kubernetes.Resources;

namespace Mesh.Kubernetes.Serialization;

/// <summary>Reads objects one by one, so that one that cannot be read does not take the others with it.</summary>
internal static class ResourceDecoder
{
    /// <exception cref="KubernetesException">It cannot be read.</exception>
    public static T Decode<T>(JsonDocument? document, Func<JsonElement, T> decode, string what)
        where T : class, IKubernetesResource
    {
        using (document)
        {
            if (document is null)
            {
                throw new KubernetesException(System.Net.HttpStatusCode.OK, "", $"The API server answered {what} with nothing.");
            }
            return TryDecode(document.RootElement, decode, out var resource, out var undecodable)
                ? resource!
                : throw new KubernetesException(
                    System.Net.HttpStatusCode.OK, "Undecodable", $"The answer to {what} is not such an object: {undecodable!.Error}");
        }
    }

    public static ResourceList<T> DecodeList<T>(JsonDocument? document, Func<JsonElement, T> decode, string what)
        where T : class, IKubernetesResource
    {
        using (document)
        {
            if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root)
            {
                throw new KubernetesException(System.Net.HttpStatusCode.OK, "Undecodable", $"The answer to {what} is not a list.");
            }
            var items = new List<T>();
            List<UndecodableResource> undecodable = [];
            if (root.TryGetProperty("items", out var array) && array.ValueKind == JsonValueKind.Array)
            {
                items.EnsureCapacity(array.GetArrayLength());
                foreach (var element in array.EnumerateArray())
                {
                    if (TryDecode(element, decode, out var item, out var broken))
                    {
                        items.Add(item!);
                    }
                    else
                    {
                        undecodable.Add(broken!);
                    }
                }
            }
            var more = Text(root, "metadata", "continue");
            return new ResourceList<T>
            {
                Items = items,
                Undecodable = undecodable,
                ResourceVersion = Text(root, "metadata", "resourceVersion"),
                Continue = more.Length > 0 ? more : null,
            };
        }
    }

    public static bool TryDecode<T>(JsonElement element, Func<JsonElement, T> decode, out T? resource, out UndecodableResource? undecodable)
        where T : class, IKubernetesResource
    {
        try
        {
            resource = decode(element);
            undecodable = null;
            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NotSupportedException)
        {
            resource = null;
            undecodable = new UndecodableResource(
                Text(element, "metadata", "namespace"),
                Text(element, "metadata", "name"),
                Text(element, "metadata", "resourceVersion"),
                e.Message,
                element.Clone());
            return false;
        }
    }

    public static T Typed<T>(JsonElement element) =>
        element.Deserialize<T>(KubernetesJson.Options) ?? throw new JsonException("The object is null.");

    public static GenericResource Generic(JsonElement element) =>
        new(System.Text.Json.Nodes.JsonObject.Create(element.Clone()) ?? throw new JsonException("This is not an object."));

    public static string Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var field in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(field, out element))
            {
                return "";
            }
        }
        return element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
    }
}
