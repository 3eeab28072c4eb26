using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Json;

/// <summary>
/// Reading and writing Kubernetes objects held as JSON trees. Lookups return null for anything absent or of another type.
/// </summary>
internal static class JsonAccess
{
    /// <summary>Compact output that leaves readable characters readable, as Kubernetes does.</summary>
    public static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    /// <summary>Parses a JSON object that may afterwards be read from several threads at once.</summary>
    /// <exception cref="JsonException">Not JSON, not an object, or a key occurs twice.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8)
    {
        var parsed = JsonNode.Parse(utf8, null, Strict) as JsonObject ?? throw new JsonException("expected a JSON object");
        Materialise(parsed);
        return parsed;
    }

    /// <summary>
    /// Forces the lazily built parts of a tree into existence. A parsed tree is built on first access, which is not safe when two
    /// threads are the first at the same time; stored objects are shared, so they are built before they are shared.
    /// </summary>
    public static void Materialise(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (_, child) in map)
                {
                    Materialise(child);
                }
                break;
            case JsonArray list:
                foreach (var child in list)
                {
                    Materialise(child);
                }
                break;
        }
    }

    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            node = (node as JsonObject)?[step];
        }
        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static long? Integer(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) switch
    {
        JsonValue value when value.TryGetValue(out long number) => number,
        JsonValue value when value.TryGetValue(out int number) => number,
        JsonValue value when value.TryGetValue(out double number) && number == Math.Floor(number) => (long)number,
        _ => null,
    };

    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    public static JsonObject? Map(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonObject;

    public static JsonArray? Sequence(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path) as JsonArray;

    /// <summary>The objects of the array at <paramref name="path"/>; empty when there is none.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The strings of the array at <paramref name="path"/>; empty when there is none.</summary>
    public static IEnumerable<string> Texts(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.Select(item => item.Text()).OfType<string>() : [];

    /// <summary>The string-valued entries of the object at <paramref name="path"/>; empty when there is none.</summary>
    public static Dictionary<string, string> Strings(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        if (node.At(path) is JsonObject map)
        {
            foreach (var (key, value) in map)
            {
                if (value.Text() is { } text)
                {
                    result[key] = text;
                }
            }
        }
        return result;
    }

    /// <summary>The object under <paramref name="name"/>, put there if it is missing.</summary>
    public static JsonObject Child(this JsonObject parent, string name)
    {
        if (parent[name] is JsonObject existing)
        {
            return existing;
        }
        var created = new JsonObject();
        parent[name] = created;
        return created;
    }

    /// <summary>Sets <paramref name="name"/> unless it is there and not null.</summary>
    public static void Default(this JsonObject parent, string name, JsonNode value)
    {
        if (parent[name] is null)
        {
            parent[name] = value;
        }
    }

    public static JsonObject Copy(this JsonObject source) => (JsonObject)source.DeepClone();

    public static JsonArray ToJsonArray(this IEnumerable<string> values)
    {
        var result = new JsonArray();
        foreach (var value in values)
        {
            result.Add((JsonNode)value);
        }
        return result;
    }

    public static JsonArray ToJsonArray(this IEnumerable<JsonObject> values)
    {
        var result = new JsonArray();
        foreach (var value in values)
        {
            result.Add((JsonNode)value);
        }
        return result;
    }

    public static JsonObject ToJsonObject(this IEnumerable<KeyValuePair<string, string>> values)
    {
        var result = new JsonObject();
        foreach (var (key, value) in values)
        {
            result[key] = value;
        }
        return result;
    }

    /// <summary>A time as Kubernetes writes it: whole seconds, UTC.</summary>
    public static string ToTimestamp(this DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>A time with microseconds, as leases and events have it.</summary>
    public static string ToMicroTimestamp(this DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");

    public static DateTimeOffset? Time(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.Text(path) is { } text && DateTimeOffset.TryParse(text, out var time) ? time : null;
}
