using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>Drops fields a structural schema does not name, as Kubernetes does for custom resources.</summary>
internal static class SchemaPruning
{
    /// <param name="schema">The openAPIV3Schema of the whole object.</param>
    /// <param name="item">Pruned in place; apiVersion, kind and metadata are left alone.</param>
    /// <param name="unknown">Gets the paths of what was dropped.</param>
    public static void Prune(JsonObject schema, JsonObject item, List<string> unknown) => Prune(schema, item, "", unknown, true);

    private static void Prune(JsonObject schema, JsonNode? node, string path, List<string> unknown, bool root)
    {
        switch (node)
        {
            case JsonArray list when schema.Map("items") is { } items:
                for (var i = 0; i < list.Count; i++)
                {
                    Prune(items, list[i], $"{path}[{i}]", unknown, false);
                }
                break;
            case JsonObject map:
                PruneObject(schema, map, path, unknown, root);
                break;
        }
    }

    private static void PruneObject(JsonObject schema, JsonObject map, string path, List<string> unknown, bool root)
    {
        var embedded = root || schema.Flag("x-kubernetes-embedded-resource") == true;
        var preserve = schema.Flag("x-kubernetes-preserve-unknown-fields") == true;
        var properties = schema.Map("properties");
        var additional = schema["additionalProperties"];
        List<string>? dropped = null;
        foreach (var (key, value) in map)
        {
            if (embedded && key is ("apiVersion" or "kind" or "metadata"))
            {
                continue;
            }
            var field = path.Length == 0 ? key : $"{path}.{key}";
            if (properties.Map(key) is { } known)
            {
                Prune(known, value, field, unknown, false);
            }
            else if (additional is JsonObject values)
            {
                Prune(values, value, field, unknown, false);
            }
            else if (additional.Flag() != true && !preserve)
            {
                (dropped ??= []).Add(key);
                unknown.Add(field);
            }
        }
        dropped?.ForEach(key => map.Remove(key));
    }
}
