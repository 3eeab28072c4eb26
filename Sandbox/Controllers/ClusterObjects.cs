using System.Text.Json.Nodes;
using Mesh.Sandbox.Api;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;

namespace Mesh.Sandbox.Controllers;

/// <summary>What controllers do with objects, in their own words.</summary>
internal sealed class ClusterObjects
{
    private readonly ResourceOperations _operations;

    public ClusterObjects(ResourceOperations operations, TimeProvider time)
    {
        _operations = operations;
        Time = time;
        Dependents = new(operations.Store);
    }

    public TimeProvider Time { get; }

    public DependentIndex Dependents { get; }

    public ResourceStore Store => _operations.Store;

    public DateTimeOffset Now => Time.GetUtcNow();

    public IEnumerable<string> NamespacedResources => _operations.Catalog.Types.Where(t => t.Namespaced).Select(t => t.Key);

    public StoredObject? Get(ObjectKey key) => Store.Get(key.Resource, key.Namespace, key.Name);

    public StoredObject? Get(string resource, string ns, string name) => Store.Get(resource, ns, name);

    public List<StoredObject> List(string resource, string? ns = null) => Store.List(resource, ns);

    /// <exception cref="ApiException">It is refused.</exception>
    public StoredObject Create(string resource, string ns, JsonObject item)
    {
        var type = _operations.Catalog[resource];
        return _operations.Create(type, type.StorageVersion, type.Namespaced ? ns : null, item, WriteOptions.None);
    }

    /// <summary>Changes everything but the status; nothing happens when the object is gone.</summary>
    public void Update(ObjectKey key, Action<JsonObject> change) => Modify(key, "", change);

    /// <summary>Changes the status; nothing happens when the object is gone.</summary>
    public void UpdateStatus(ObjectKey key, Action<JsonObject> change) => Modify(key, "status", item => change(item.Child("status")));

    public void Bind(StoredObject pod, string node) => _operations.Bind(_operations.Catalog["pods"], pod.Namespace, pod.Name, node);

    /// <summary>Deletes exactly this object, not one that took its name meanwhile; nothing happens when it is gone.</summary>
    public void Delete(ObjectKey key, string uid, DeleteOptions? options = null)
    {
        try
        {
            var type = _operations.Catalog[key.Resource];
            _operations.Delete(type, key.Namespace, key.Name, (options ?? DeleteOptions.Default) with { Uid = uid });
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // Gone, or replaced by another of the same name: what was to be deleted is not there.
        }
    }

    /// <summary>Records an event about an object; the same event again only counts up.</summary>
    public void Record(ObjectKey about, StoredObject item, string type, string reason, string message, string component)
    {
        var ns = item.Namespace.Length == 0 ? "default" : item.Namespace;
        var hash = (uint)string.GetHashCode($"{item.Uid}{reason}{message}", StringComparison.Ordinal);
        var key = new ObjectKey("events", ns, $"{item.Name}.{hash:x8}");
        var now = Now.ToTimestamp();
        if (Get(key) is not null)
        {
            Update(key, e =>
            {
                e["count"] = (e.Integer("count") ?? 1) + 1;
                e["lastTimestamp"] = now;
            });
            return;
        }
        try
        {
            Create("events", ns, new()
            {
                ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = ns },
                ["involvedObject"] = new JsonObject
                {
                    ["kind"] = item.Json.Text("kind"),
                    ["namespace"] = item.Namespace,
                    ["name"] = item.Name,
                    ["uid"] = item.Uid,
                    ["apiVersion"] = item.Json.Text("apiVersion"),
                    ["resourceVersion"] = item.Json.Text("metadata", "resourceVersion"),
                },
                ["reason"] = reason,
                ["message"] = message,
                ["type"] = type,
                ["source"] = new JsonObject { ["component"] = component },
                ["firstTimestamp"] = now,
                ["lastTimestamp"] = now,
                ["count"] = 1,
                ["reportingComponent"] = component,
                ["reportingInstance"] = "",
            });
        }
        catch (ApiException e) when (e.Code is 403 or 404 or 409)
        {
            // The namespace is going away, or the same event was just recorded: nobody misses it.
        }
    }

    private void Modify(ObjectKey key, string subresource, Action<JsonObject> change)
    {
        try
        {
            var type = _operations.Catalog[key.Resource];
            _operations.Modify(type, type.StorageVersion, key.Namespace, key.Name, subresource, WriteOptions.None, item =>
            {
                change(item);
                return item;
            });
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Deleted between the decision and here.
        }
    }
}
