using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Patching;

/// <summary>JSON Patch, <see href="https://www.rfc-editor.org/rfc/rfc6902"/>.</summary>
internal static class JsonPatch
{
    private const int MaxOperations = 10_000;

    /// <summary>Changes <paramref name="target"/> in place.</summary>
    /// <exception cref="ApiException">400 for a malformed patch, 422 for one that does not fit the object.</exception>
    public static JsonObject Apply(JsonObject target, JsonArray operations)
    {
        if (operations.Count > MaxOperations)
        {
            throw new ApiException(413, "RequestEntityTooLarge",
                $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        }
        JsonNode root = target;
        foreach (var operation in operations)
        {
            var path = Pointer(operation.Text("path") ?? throw ApiErrors.BadRequest("json patch: an operation has no path"));
            var kind = operation.Text("op");
            switch (kind)
            {
                case "add":
                    root = Add(root, path, Value(operation));
                    break;
                case "remove":
                    Take(root, path);
                    break;
                case "replace":
                    root = Replace(root, path, Value(operation));
                    break;
                case "move":
                    root = Add(root, path, Take(root, From(operation)));
                    break;
                case "copy":
                    root = Add(root, path, Find(root, From(operation))?.DeepClone());
                    break;
                case "test":
                    if (!JsonNode.DeepEquals(Find(root, path), Value(operation)))
                    {
                        throw Rejected($"testing path /{string.Join('/', path)} value failed");
                    }
                    break;
                default:
                    throw ApiErrors.BadRequest($"json patch: unexpected operation kind \"{kind}\"");
            }
        }
        return root as JsonObject ?? throw Rejected("the result is not an object");
    }

    private static JsonNode? Value(JsonNode? operation) => operation is JsonObject fields && fields.ContainsKey("value")
        ? fields["value"]?.DeepClone()
        : throw ApiErrors.BadRequest("json patch: an operation has no value");

    private static string[] From(JsonNode? operation) =>
        Pointer(operation.Text("from") ?? throw ApiErrors.BadRequest("json patch: an operation has no from"));

    private static string[] Pointer(string pointer)
    {
        if (pointer.Length == 0)
        {
            return [];
        }
        if (pointer[0] != '/')
        {
            throw ApiErrors.BadRequest($"json patch: path \"{pointer}\" does not begin with a slash");
        }
        return [.. pointer[1..].Split('/').Select(step => step.Replace("~1", "/").Replace("~0", "~"))];
    }

    private static JsonNode Add(JsonNode root, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value ?? throw Rejected("the result is not an object");
        }
        switch (Find(root, path[..^1]))
        {
            case JsonObject parent:
                parent[path[^1]] = value;
                break;
            case JsonArray parent when path[^1] == "-":
                parent.Add(value);
                break;
            case JsonArray parent:
                parent.Insert(Index(path[^1], parent.Count + 1), value);
                break;
            default:
                throw Missing(path);
        }
        return root;
    }

    private static JsonNode Replace(JsonNode root, string[] path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value ?? throw Rejected("the result is not an object");
        }
        switch (Find(root, path[..^1]))
        {
            case JsonObject parent when parent.ContainsKey(path[^1]):
                parent[path[^1]] = value;
                break;
            case JsonArray parent:
                parent[Index(path[^1], parent.Count)] = value;
                break;
            default:
                throw Missing(path);
        }
        return root;
    }

    private static JsonNode? Take(JsonNode root, string[] path)
    {
        if (path.Length == 0)
        {
            throw Rejected("the whole object cannot be removed");
        }
        switch (Find(root, path[..^1]))
        {
            case JsonObject parent when parent.ContainsKey(path[^1]):
                var value = parent[path[^1]];
                parent.Remove(path[^1]);
                return value;
            case JsonArray parent:
                var index = Index(path[^1], parent.Count);
                var item = parent[index];
                parent.RemoveAt(index);
                return item;
            default:
                throw Missing(path);
        }
    }

    private static JsonNode? Find(JsonNode root, string[] path)
    {
        JsonNode? node = root;
        foreach (var step in path)
        {
            node = node switch
            {
                JsonObject map when map.ContainsKey(step) => map[step],
                JsonArray list => list[Index(step, list.Count)],
                _ => throw Missing(path),
            };
        }
        return node;
    }

    private static int Index(string step, int count) =>
        int.TryParse(step, out var index) && index >= 0 && index < count ? index : throw Rejected($"index {step} is out of bounds");

    private static ApiException Missing(string[] path) => Rejected($"the path /{string.Join('/', path)} does not exist");

    private static ApiException Rejected(string why) => new(422, "Invalid",
        $"the server rejected our request due to an error in our request: json patch: {why}");
}
