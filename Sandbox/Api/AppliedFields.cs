using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Patching;

namespace Mesh.Sandbox.Api;

/// <summary>
/// Which fields a manager has applied, in the form of managedFields (fieldsV1): maps of <c>f:name</c>, and <c>k:{…}</c> for elements
/// of lists that have a key. Lists without one are one field.
/// </summary>
internal static class AppliedFields
{
    /// <summary>The fields an applied configuration names.</summary>
    public static JsonObject Of(JsonObject applied)
    {
        var fields = new JsonObject();
        foreach (var (key, value) in applied)
        {
            if (key is "apiVersion" or "kind" or "status")
            {
                continue;
            }
            if (key == "metadata")
            {
                var metadata = (value as JsonObject)?.Copy() ?? [];
                foreach (var identity in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "managedFields", "creationTimestamp"])
                {
                    metadata.Remove(identity);
                }
                if (metadata.Count > 0)
                {
                    fields["f:metadata"] = OfNode(metadata, "metadata", key);
                }
                continue;
            }
            fields[$"f:{key}"] = OfNode(value, "", key);
        }
        return fields;
    }

    /// <summary>
    /// Takes out of <paramref name="item"/> the fields of <paramref name="before"/> that are neither in <paramref name="after"/> nor
    /// anybody else's.
    /// </summary>
    public static void Remove(JsonObject item, JsonObject before, JsonObject after, IReadOnlyList<JsonObject> others)
    {
        foreach (var (key, children) in before)
        {
            if (children is not JsonObject leafOrMap || key == ".")
            {
                continue;
            }
            var inAfter = after[key] as JsonObject;
            var inOthers = others.Select(o => o[key] as JsonObject).OfType<JsonObject>().ToList();
            if (inAfter is null && inOthers.Count == 0)
            {
                RemoveField(item, key);
                continue;
            }
            if (key.StartsWith("f:", StringComparison.Ordinal) && item[key[2..]] is { } child)
            {
                RemoveWithin(child, leafOrMap, inAfter ?? [], inOthers);
            }
        }
    }

    /// <summary>Fields that differ from what another manager applied: path and manager.</summary>
    public static IEnumerable<string> Conflicts(JsonNode? current, JsonNode? applied, JsonObject own, JsonObject other, string path)
    {
        foreach (var (key, children) in own)
        {
            if (other[key] is not JsonObject theirs || !key.StartsWith("f:", StringComparison.Ordinal))
            {
                continue;
            }
            var name = key[2..];
            var (left, right) = (current.At(name), applied.At(name));
            if (children is JsonObject { Count: > 0 } nested && left is JsonObject && right is JsonObject && theirs.Count > 0)
            {
                foreach (var conflict in Conflicts(left, right, nested, theirs, $"{path}.{name}"))
                {
                    yield return conflict;
                }
            }
            else if (left is not JsonArray && !JsonNode.DeepEquals(left, right))
            {
                yield return $"{path}.{name}";
            }
        }
    }

    private static JsonObject OfNode(JsonNode? node, string parent, string name)
    {
        var fields = new JsonObject();
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    fields[$"f:{key}"] = OfNode(value, name, key);
                }
                break;
            case JsonArray list when StrategicMergePatch.KeyOf(parent, name) is { Length: > 0 } mergeKey:
                foreach (var element in list.OfType<JsonObject>())
                {
                    fields[$"k:{{\"{mergeKey}\":{element[mergeKey]?.ToJsonString() ?? "null"}}}"] = OfNode(element, parent, name);
                }
                break;
        }
        return fields;
    }

    private static void RemoveWithin(JsonNode child, JsonObject before, JsonObject after, List<JsonObject> others)
    {
        switch (child)
        {
            case JsonObject map:
                Remove(map, before, after, others);
                break;
            case JsonArray list:
                foreach (var (key, fields) in before)
                {
                    if (!key.StartsWith("k:", StringComparison.Ordinal) || Find(list, key) is not { } element)
                    {
                        continue;
                    }
                    var inAfter = after[key] as JsonObject;
                    var inOthers = others.Select(o => o[key] as JsonObject).OfType<JsonObject>().ToList();
                    if (inAfter is null && inOthers.Count == 0)
                    {
                        list.Remove(element);
                    }
                    else
                    {
                        Remove(element, fields as JsonObject ?? [], inAfter ?? [], inOthers);
                    }
                }
                break;
        }
    }

    private static void RemoveField(JsonObject item, string key)
    {
        if (key.StartsWith("f:", StringComparison.Ordinal))
        {
            item.Remove(key[2..]);
        }
    }

    private static JsonObject? Find(JsonArray list, string key)
    {
        var wanted = JsonNode.Parse(key[2..]) as JsonObject ?? [];
        return list.OfType<JsonObject>().FirstOrDefault(e => wanted.All(p => JsonNode.DeepEquals(e[p.Key], p.Value)));
    }
}
