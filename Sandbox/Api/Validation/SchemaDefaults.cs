using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>Fills in the defaults a structural schema gives.</summary>
internal static class SchemaDefaults
{
    public static void Apply(JsonObject schema, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, property) in schema.Map("properties") ?? [])
                {
                    if (property is not JsonObject known)
                    {
                        continue;
                    }
                    if (known["default"] is { } value && (!map.ContainsKey(key) || (map[key] is null && known.Flag("nullable") != true)))
                    {
                        map[key] = value.DeepClone();
                    }
                    Apply(known, map[key]);
                }
                if (schema.Map("additionalProperties") is { } values)
                {
                    foreach (var (_, child) in map)
                    {
                        Apply(values, child);
                    }
                }
                break;
            case JsonArray list when schema.Map("items") is { } items:
                foreach (var child in list)
                {
                    Apply(items, child);
                }
                break;
        }
    }
}
