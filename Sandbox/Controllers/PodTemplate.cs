using System.Text;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>Making pods from the templates of workloads.</summary>
internal static class PodTemplate
{
    /// <summary>A short name for a template's content: the same for the same template.</summary>
    public static string Hash(JsonNode? template)
    {
        // FNV-1a over the canonical text; what matters is only that it is stable and differs when the template does.
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(Canonical(template).ToJsonString()))
        {
            hash = (hash ^ b) * 16777619u;
        }
        return RandomSuffix.Encode(hash);
    }

    /// <summary>A pod as <paramref name="owner"/>'s template says, owned by it.</summary>
    public static JsonObject Instantiate(StoredObject owner)
    {
        var template = owner.Json.Map("spec", "template") ?? [];
        var metadata = new JsonObject();
        foreach (var field in (ReadOnlySpan<string>)["labels", "annotations", "finalizers"])
        {
            if (template.At("metadata", field) is { } value)
            {
                metadata[field] = value.DeepClone();
            }
        }
        metadata["ownerReferences"] = new JsonArray(OwnerReference(owner));
        return new JsonObject { ["metadata"] = metadata, ["spec"] = template["spec"]?.DeepClone() ?? new JsonObject() };
    }

    public static JsonObject OwnerReference(StoredObject owner) => new()
    {
        ["apiVersion"] = owner.Json.Text("apiVersion"),
        ["kind"] = owner.Json.Text("kind"),
        ["name"] = owner.Name,
        ["uid"] = owner.Uid,
        ["controller"] = true,
        ["blockOwnerDeletion"] = true,
    };

    public static bool IsControlledBy(StoredObject item, string uid) =>
        item.Json.Objects("metadata", "ownerReferences").Any(o => o.Flag("controller") == true && o.Text("uid") == uid);

    /// <summary>The uid of an object's controller; null without one.</summary>
    public static string? ControllerOf(StoredObject item) =>
        item.Json.Objects("metadata", "ownerReferences").FirstOrDefault(o => o.Flag("controller") == true).Text("uid");

    private static JsonNode Canonical(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                var sorted = new JsonObject();
                foreach (var (key, value) in map.Where(p => p.Value is not null).OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    sorted[key] = Canonical(value);
                }
                return sorted;
            case JsonArray list:
                var items = new JsonArray();
                foreach (var item in list)
                {
                    items.Add(Canonical(item));
                }
                return items;
            default:
                return node?.DeepClone() ?? new JsonObject();
        }
    }
}
