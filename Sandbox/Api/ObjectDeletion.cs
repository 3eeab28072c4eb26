using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api;

/// <summary>
/// Deletion as Kubernetes does it: pods wait for their node to stop them, finalizers hold an object back, namespaces wait for
/// their contents, foreground deletion for the dependents.
/// </summary>
internal sealed class ObjectDeletion
{
    private readonly ResourceStore _store;
    private readonly TimeProvider _time;

    public ObjectDeletion(ResourceStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
    }

    /// <summary>Whether an object that is being deleted has nothing left to wait for.</summary>
    public static bool IsComplete(ResourceType type, StoredObject item) =>
        item.Deleting
        && item.Json.Sequence("metadata", "finalizers") is not { Count: > 0 }
        && !(type.Key == "namespaces" && item.Json.Sequence("spec", "finalizers") is { Count: > 0 })
        && (item.Json.Integer("metadata", "deletionGracePeriodSeconds") ?? 0) == 0;

    public DeleteOutcome Delete(ResourceType type, StoredObject item, DeleteOptions options)
    {
        CheckPreconditions(type, item, options);
        if (type.Key == "namespaces" && item.Name is ("default" or "kube-system" or "kube-public"))
        {
            throw ApiErrors.Forbidden(type, item.Name, "this namespace may not be deleted");
        }
        var grace = type.Key == "pods" ? GracePeriod(item, options) : 0;
        var json = item.Json.Copy();
        var metadata = json.Child("metadata");
        AddPropagationFinalizer(metadata, options);
        if (item.Deleting)
        {
            // A second request can only shorten the wait.
            grace = Math.Min(grace, item.Json.Integer("metadata", "deletionGracePeriodSeconds") ?? 0);
        }
        if (!item.Deleting || grace != item.Json.Integer("metadata", "deletionGracePeriodSeconds"))
        {
            metadata["deletionTimestamp"] = (_time.GetUtcNow() + TimeSpan.FromSeconds(grace)).ToTimestamp();
            metadata["deletionGracePeriodSeconds"] = grace;
        }
        if (type.Key == "namespaces")
        {
            json.Child("status")["phase"] = "Terminating";
        }
        var gone = IsComplete(type, new(json, item.Revision));
        if (options.DryRun)
        {
            return new(item, gone);
        }
        if (gone)
        {
            _store.Remove(type.Key, item.Namespace, item.Name);
            return new(item, true);
        }
        return new(JsonNode.DeepEquals(json, item.Json) ? item : _store.Put(type.Key, json), false);
    }

    private static void AddPropagationFinalizer(JsonObject metadata, DeleteOptions options)
    {
        var finalizer = options.Propagation switch { "Foreground" => "foregroundDeletion", "Orphan" => "orphan", _ => null };
        if (finalizer is not null && !metadata.Texts("finalizers").Contains(finalizer))
        {
            var finalizers = metadata["finalizers"] as JsonArray ?? [];
            finalizers.Add((JsonNode)finalizer);
            if (finalizers.Parent is null)
            {
                metadata["finalizers"] = finalizers;
            }
        }
    }

    private static long GracePeriod(StoredObject pod, DeleteOptions options)
    {
        // A pod no node knows of, or that has ended, has nothing to stop.
        if (pod.Json.Text("spec", "nodeName") is null || pod.Json.Text("status", "phase") is "Succeeded" or "Failed")
        {
            return 0;
        }
        return options.GracePeriodSeconds ?? pod.Json.Integer("spec", "terminationGracePeriodSeconds") ?? 30;
    }

    private static void CheckPreconditions(ResourceType type, StoredObject item, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != item.Uid)
        {
            throw ApiErrors.Conflict(type, item.Name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {item.Uid}");
        }
        var version = item.Json.Text("metadata", "resourceVersion");
        if (options.ResourceVersion is { } expected && expected != version)
        {
            throw ApiErrors.Conflict(type, item.Name,
                $"Precondition failed: ResourceVersion in precondition: {expected}, ResourceVersion in object meta: {version}");
        }
    }
}
