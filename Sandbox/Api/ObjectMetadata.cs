using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api;

/// <summary>The parts of metadata that the server, not the client, decides.</summary>
internal static class ObjectMetadata
{
    private static readonly string[] ServerOwned =
        ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace", "name", "generateName"];

    private static readonly HashSet<string> WithoutGeneration =
        ["namespaces", "nodes", "services", "endpoints", "serviceaccounts", "secrets", "configmaps", "events", "leases.coordination.k8s.io"];

    public static bool HasGeneration(ResourceType type) =>
        !WithoutGeneration.Contains(type.Key) && !type.Key.EndsWith(".rbac.authorization.k8s.io", StringComparison.Ordinal);

    /// <summary>Puts what an update cannot change back to what it was.</summary>
    public static void Carry(JsonObject current, JsonObject updated)
    {
        foreach (var field in ServerOwned)
        {
            if (current[field] is { } value)
            {
                updated[field] = value.DeepClone();
            }
            else
            {
                updated.Remove(field);
            }
        }
        updated.Remove("selfLink");
        if (updated["managedFields"] is null && current["managedFields"] is { } managed)
        {
            updated["managedFields"] = managed.DeepClone();
        }
    }

    public static void DropEmpty(JsonObject metadata)
    {
        foreach (var field in (ReadOnlySpan<string>)["labels", "annotations", "ownerReferences", "finalizers", "managedFields"])
        {
            if (metadata.ContainsKey(field) && metadata[field] is null or JsonObject { Count: 0 } or JsonArray { Count: 0 })
            {
                metadata.Remove(field);
            }
        }
    }

    /// <summary>Whether two versions of an object agree in everything but metadata and status.</summary>
    public static bool SameSpec(JsonObject before, JsonObject after)
    {
        foreach (var (key, value) in after)
        {
            if (key is not ("metadata" or "status" or "apiVersion" or "kind") && !JsonNode.DeepEquals(value, before[key]))
            {
                return false;
            }
        }
        return before.All(field => field.Key is "metadata" or "status" or "apiVersion" or "kind" || after.ContainsKey(field.Key));
    }
}
