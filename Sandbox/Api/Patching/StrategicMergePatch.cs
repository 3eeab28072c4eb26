using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Patching;

/// <summary>
/// Strategic merge patch, which merges certain lists by a key of their elements; see "strategic-merge-patch.md" in
/// kubernetes/community. Which lists those are is written in the Go types of the built-in kinds; <see cref="KeyOf"/> says it by field name.
/// </summary>
internal static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DeletePrefix = "$deleteFromPrimitiveList/";
    private const string RetainKeys = "$retainKeys";

    /// <summary>Changes <paramref name="target"/> in place.</summary>
    /// <exception cref="ApiException">400: the patch uses a directive wrongly.</exception>
    public static void Apply(JsonObject target, JsonObject patch) => Apply(target, patch, "");

    /// <summary>
    /// The key by which elements of a list are matched: empty for lists of plain values that are merged as sets, null for lists
    /// that are replaced as a whole.
    /// </summary>
    public static string? KeyOf(string parent, string field) => field switch
    {
        "containers" or "initContainers" or "ephemeralContainers" or "env" or "volumes" or "imagePullSecrets" or "secrets"
            or "schedulingGates" or "resourceClaims" => "name",
        "ports" => parent is "containers" or "initContainers" or "ephemeralContainers" ? "containerPort" : parent == "spec" ? "port" : null,
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "conditions" or "addresses" => "type",
        "ownerReferences" => "uid",
        "hostAliases" or "podIPs" or "hostIPs" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "finalizers" or "podCIDRs" => "",
        _ => null,
    };

    private static void Apply(JsonObject target, JsonObject patch, string name)
    {
        switch (patch.Text(Directive))
        {
            case null:
                break;
            case "replace":
                Replace(target, patch);
                return;
            case "delete":
                target.Clear();
                return;
            case "merge":
                break;
            case var unknown:
                throw ApiErrors.BadRequest($"invalid {Directive} value \"{unknown}\": it can be replace, merge or delete");
        }
        if (patch.Sequence(RetainKeys) is { } retained)
        {
            var kept = retained.Select(k => k.Text()).ToHashSet();
            foreach (var key in target.Select(p => p.Key).Where(k => !kept.Contains(k)).ToList())
            {
                target.Remove(key);
            }
        }
        foreach (var (key, value) in patch)
        {
            if (key.StartsWith(DeletePrefix, StringComparison.Ordinal) && value is JsonArray deleted)
            {
                DeleteValues(target[key[DeletePrefix.Length..]] as JsonArray, deleted);
            }
        }
        foreach (var (key, value) in patch)
        {
            if (!key.StartsWith('$'))
            {
                ApplyField(target, key, value, name);
            }
        }
        foreach (var (key, value) in patch)
        {
            if (key.StartsWith(OrderPrefix, StringComparison.Ordinal) && value is JsonArray order)
            {
                var field = key[OrderPrefix.Length..];
                Reorder(target[field] as JsonArray, order, KeyOf(name, field));
            }
        }
    }

    private static void ApplyField(JsonObject target, string key, JsonNode? value, string name)
    {
        switch (value)
        {
            case null:
                target.Remove(key);
                break;
            case JsonObject changes when changes.Text(Directive) == "delete":
                target.Remove(key);
                break;
            case JsonObject changes:
                if (target[key] is not JsonObject child)
                {
                    target[key] = child = [];
                }
                Apply(child, changes, key);
                break;
            case JsonArray changes when KeyOf(name, key) is { } mergeKey:
                if (target[key] is not JsonArray list)
                {
                    target[key] = list = [];
                }
                MergeList(list, changes, mergeKey, key);
                break;
            default:
                target[key] = value.DeepClone();
                break;
        }
    }

    private static void MergeList(JsonArray list, JsonArray changes, string mergeKey, string field)
    {
        if (mergeKey.Length == 0)
        {
            foreach (var value in changes.Where(v => !list.Any(known => JsonNode.DeepEquals(known, v))).ToList())
            {
                list.Add(value?.DeepClone());
            }
            return;
        }
        if (changes.Any(c => c.Text(Directive) == "replace"))
        {
            list.Clear();
        }
        foreach (var change in changes.OfType<JsonObject>())
        {
            if (change.Text(Directive) == "replace" && change.Count == 1)
            {
                continue;
            }
            if (change[mergeKey] is not { } key)
            {
                throw ApiErrors.BadRequest($"map: {change.ToJsonString()} does not contain declared merge key: {mergeKey}");
            }
            var index = IndexOf(list, change, mergeKey, key);
            if (change.Text(Directive) == "delete")
            {
                if (index >= 0)
                {
                    list.RemoveAt(index);
                }
                continue;
            }
            if (index < 0)
            {
                list.Add((JsonNode)new JsonObject());
                index = list.Count - 1;
            }
            Apply((JsonObject)list[index]!, change, field);
        }
    }

    private static int IndexOf(JsonArray list, JsonObject change, string mergeKey, JsonNode key)
    {
        for (var i = 0; i < list.Count; i++)
        {
            // Ports are told apart by protocol as well: a DNS server has 53/UDP and 53/TCP.
            if (JsonNode.DeepEquals(list[i].At(mergeKey), key)
                && (mergeKey is not ("port" or "containerPort")
                    || (list[i].Text("protocol") ?? "TCP") == (change.Text("protocol") ?? list[i].Text("protocol") ?? "TCP")))
            {
                return i;
            }
        }
        return -1;
    }

    private static void Replace(JsonObject target, JsonObject patch)
    {
        target.Clear();
        foreach (var (key, value) in patch)
        {
            if (key != Directive)
            {
                target[key] = value?.DeepClone();
            }
        }
    }

    private static void DeleteValues(JsonArray? list, JsonArray deleted)
    {
        for (var i = (list?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (deleted.Any(value => JsonNode.DeepEquals(value, list![i])))
            {
                list!.RemoveAt(i);
            }
        }
    }

    private static void Reorder(JsonArray? list, JsonArray order, string? mergeKey)
    {
        if (list is null || mergeKey is null)
        {
            return;
        }
        var ranks = order.Select((item, i) => (Key: Identity(item, mergeKey), i)).ToLookup(x => x.Key, x => x.i);
        // Elements the order does not name stay behind the element they follow.
        var ranked = new List<(int Rank, JsonNode? Item)>();
        var last = -1;
        foreach (var item in list)
        {
            last = ranks[Identity(item, mergeKey)].Select(i => (int?)i).FirstOrDefault() ?? last;
            ranked.Add((last, item));
        }
        list.Clear();
        foreach (var (_, item) in ranked.OrderBy(r => r.Rank))
        {
            list.Add(item);
        }
    }

    private static string Identity(JsonNode? item, string mergeKey) =>
        (mergeKey.Length == 0 ? item : item.At(mergeKey))?.ToJsonString() ?? "null";
}
