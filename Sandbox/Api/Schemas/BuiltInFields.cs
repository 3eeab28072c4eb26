using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Schemas;

/// <summary>
/// Decodes objects of built-in kinds as strictly as Kubernetes: fields nobody knows are dropped and named, wrong types refused.
/// </summary>
internal static class BuiltInFields
{
    /// <param name="message">What <paramref name="item"/> should be.</param>
    /// <param name="item">Changed in place: loses unknown fields and nulls.</param>
    /// <param name="unknown">Gets the paths of what was dropped.</param>
    /// <exception cref="ApiException">400: a value has the wrong type.</exception>
    public static void Prune(string message, JsonObject item, List<string> unknown)
    {
        try
        {
            Prune(message, item, "", unknown);
        }
        catch (WrongTypeException e)
        {
            var (kind, version) = (item["kind"]?.ToString(), item["apiVersion"]?.ToString() ?? "");
            throw ApiErrors.BadRequest(
                $"{kind} in version \"{version[(version.IndexOf('/') + 1)..]}\" cannot be handled as a {kind}: json: cannot unmarshal {e.Found} "
                + $"into Go struct field {e.Path} of type {e.Wanted}");
        }
    }

    private static void Prune(string message, JsonObject item, string path, List<string> unknown)
    {
        var fields = BuiltInSchema.Names(message);
        List<string>? dropped = null;
        foreach (var (key, value) in item)
        {
            if (path.Length == 0 && key is ("apiVersion" or "kind"))
            {
                continue;
            }
            var at = path.Length == 0 ? key : $"{path}.{key}";
            if (value is null)
            {
                (dropped ??= []).Add(key);
            }
            else if (!fields.TryGetValue(key, out var field))
            {
                (dropped ??= []).Add(key);
                unknown.Add(at);
            }
            else
            {
                Check(field, value, at, unknown);
            }
        }
        dropped?.ForEach(key => item.Remove(key));
    }

    private static void Check(SchemaField field, JsonNode value, string path, List<string> unknown)
    {
        switch (field.Shape)
        {
            case FieldShape.Single:
                CheckValue(field.Type, value, path, unknown);
                break;
            case FieldShape.Map when value is JsonObject map:
                foreach (var (key, item) in map)
                {
                    if (item is not null)
                    {
                        CheckMapValue(field.Type, item, $"{path}.{key}", unknown);
                    }
                }
                break;
            case FieldShape.List or FieldShape.WrappedList when value is JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is { } item)
                    {
                        CheckValue(field.Type, item, $"{path}[{i}]", unknown);
                    }
                }
                break;
            default:
                throw new WrongTypeException(path, Describe(value), field.Shape == FieldShape.Map ? "map[string]string" : $"[]{field.Type}");
        }
    }

    private static void CheckMapValue(string type, JsonNode item, string path, List<string> unknown)
    {
        if (!type.StartsWith("list:", StringComparison.Ordinal))
        {
            CheckValue(type, item, path, unknown);
        }
    }

    private static void CheckValue(string type, JsonNode value, string path, List<string> unknown)
    {
        var kind = value.GetValueKind();
        var fits = type switch
        {
            "string" or "bytes" or "time" or "microtime" or "duration" => kind == JsonValueKind.String,
            "bool" => kind is JsonValueKind.True or JsonValueKind.False,
            "int" => kind == JsonValueKind.Number && IsInteger(value),
            "double" => kind == JsonValueKind.Number,
            "intstr" or "quantity" => kind is JsonValueKind.Number or JsonValueKind.String,
            "raw" => true,
            _ => kind == JsonValueKind.Object,
        };
        if (!fits)
        {
            throw new WrongTypeException(path, Describe(value), type switch { "int" => "int32", "bool" => "bool", "string" => "string", _ => type });
        }
        if (value is JsonObject item && type.Contains('.'))
        {
            Prune(type, item, path, unknown);
        }
    }

    private static bool IsInteger(JsonNode value)
    {
        var number = double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);
        return number == Math.Floor(number);
    }

    private static string Describe(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => "bool",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private sealed class WrongTypeException(string path, string found, string wanted) : Exception
    {
        public string Path { get; } = path;

        public string Found { get; } = found;

        public string Wanted { get; } = wanted;
    }
}
