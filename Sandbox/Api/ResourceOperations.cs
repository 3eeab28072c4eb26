using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Admission;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Patching;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Api;

/// <summary>
/// What can be done with objects: the rules of the Kubernetes API between a request (or a controller) and the store. Every
/// operation is one atomic step; refusals are thrown as <see cref="ApiException"/>.
/// </summary>
internal sealed class ResourceOperations
{
    private readonly ResourceStore _store;
    private readonly ObjectAdmission _admission;
    private readonly ObjectDeletion _deletion;
    private readonly TimeProvider _time;

    public ResourceOperations(ResourceStore store, ResourceCatalog catalog, ObjectAdmission admission, TimeProvider time)
    {
        _store = store;
        _admission = admission;
        _time = time;
        _deletion = new(store, time);
        Catalog = catalog;
    }

    public ResourceCatalog Catalog { get; }

    public ResourceStore Store => _store;

    public StoredObject Get(ResourceType type, string? ns, string name) =>
        _store.Get(type.Key, ns ?? "", name) ?? throw ApiErrors.NotFound(type, name);

    public StoredObject Create(ResourceType type, string version, string? ns, JsonObject body, WriteOptions options)
    {
        CheckIdentity(type, version, ns, body);
        var metadata = body.Child("metadata");
        if (string.IsNullOrEmpty(metadata.Text("name")))
        {
            var prefix = metadata.Text("generateName");
            if (string.IsNullOrEmpty(prefix))
            {
                throw ApiErrors.Invalid(type, "", [FieldError.Required("metadata.name", "name or generateName is required")]);
            }
            metadata["name"] = $"{prefix[..Math.Min(prefix.Length, 58)]}{RandomSuffix.Next()}";
        }
        if (!string.IsNullOrEmpty(metadata.Text("resourceVersion")))
        {
            throw ApiErrors.BadRequest("resourceVersion should not be set on objects to be created");
        }
        if (type.Namespaced)
        {
            metadata["namespace"] = ns;
        }
        else
        {
            metadata.Remove("namespace");
        }
        var name = metadata.Text("name")!;
        return _store.Atomically(() =>
        {
            CheckNamespaceAccepts(type, ns, name);
            if (_store.Get(type.Key, ns ?? "", name) is not null)
            {
                throw ApiErrors.AlreadyExists(type, name);
            }
            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = _time.GetUtcNow().ToTimestamp();
            metadata.Remove("deletionTimestamp");
            metadata.Remove("deletionGracePeriodSeconds");
            metadata.Remove("selfLink");
            ObjectMetadata.DropEmpty(metadata);
            if (ObjectMetadata.HasGeneration(type))
            {
                metadata["generation"] = 1;
            }
            // Nodes are created by their own agents, which know their status; everything else begins without one.
            if (HasStatus(type, version) && type.Key is not ("nodes" or "namespaces"))
            {
                body.Remove("status");
            }
            _admission.Admit(type, version, body, null, options);
            ToStorageVersion(type, body);
            return options.DryRun ? new StoredObject(body, 0) : _store.Put(type.Key, body);
        });
    }

    /// <param name="type">What is updated.</param>
    /// <param name="version">The API version of <paramref name="body"/>.</param>
    /// <param name="ns">Null for cluster-scoped types.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="body">The whole new object; becomes the operation's own.</param>
    /// <param name="subresource">Empty, or which part is written: <c>status</c>.</param>
    /// <param name="options">How.</param>
    public StoredObject Update(
        ResourceType type, string version, string? ns, string name, JsonObject body, string subresource, WriteOptions options)
    {
        CheckIdentity(type, version, ns, body);
        if (body.Text("metadata", "name") is { Length: > 0 } named && named != name)
        {
            throw ApiErrors.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
        }
        return _store.Atomically(() => Replace(type, version, Get(type, ns, name), body, subresource, options));
    }

    /// <summary>Reads an object, lets <paramref name="change"/> turn a copy into the wanted version, and stores that.</summary>
    public StoredObject Modify(
        ResourceType type,
        string version,
        string? ns,
        string name,
        string subresource,
        WriteOptions options,
        Func<JsonObject, JsonObject> change) => _store.Atomically(() =>
        {
            var current = Get(type, ns, name);
            var seen = type.InVersion(current.Json, version);
            var changed = change(ReferenceEquals(seen, current.Json) ? seen.Copy() : seen);
            CheckIdentity(type, version, ns, changed);
            if (changed.Text("metadata", "name") != name)
            {
                throw ApiErrors.Invalid(type, name, [FieldError.Invalid("metadata.name", changed.Text("metadata", "name"), "field is immutable")]);
            }
            return Replace(type, version, current, changed, subresource, options);
        });

    /// <summary>
    /// Server-side apply: the object gets the applied fields, and loses those this manager applied before and no longer does.
    /// </summary>
    public (StoredObject Object, bool Created) Apply(
        ResourceType type, string version, string? ns, string name, string subresource, JsonObject applied, WriteOptions options) =>
        _store.Atomically(() =>
        {
            CheckIdentity(type, version, ns, applied);
            if (applied.Text("metadata", "name") is { } named && named != name)
            {
                throw ApiErrors.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
            }
            applied.Child("metadata")["name"] = name;
            var fields = AppliedFields.Of(applied);
            if (_store.Get(type.Key, ns ?? "", name) is not { } current)
            {
                applied.Child("metadata")["managedFields"] = new JsonArray(ManagedFields(type, version, options, fields));
                return (Create(type, version, ns, applied, options), true);
            }
            var merged = type.InVersion(current.Json, version).Copy();
            var managed = merged.Objects("metadata", "managedFields").Where(m => m.Text("operation") == "Apply").ToList();
            var mine = managed.FirstOrDefault(m => m.Text("manager") == options.FieldManager);
            var others = managed.Where(m => m != mine).ToList();
            if (!options.Force)
            {
                RefuseConflicts(type, name, merged, applied, fields, others);
            }
            var theirs = others.Select(o => o.Map("fieldsV1")).OfType<JsonObject>().ToList();
            AppliedFields.Remove(merged, mine.Map("fieldsV1") ?? [], fields, theirs);
            if (type.IsCustom)
            {
                MergePatch.Apply(merged, applied);
            }
            else
            {
                StrategicMergePatch.Apply(merged, applied);
            }
            var entry = ManagedFields(type, version, options, fields);
            if (mine is not null && JsonNode.DeepEquals(mine["fieldsV1"], fields))
            {
                // An apply that changes nothing leaves no trace, not even a time.
                entry["time"] = mine["time"]?.DeepClone();
            }
            var entries = merged.Objects("metadata", "managedFields").Where(m => m != mine).Select(m => m.Copy()).Append(entry);
            merged.Child("metadata")["managedFields"] = entries.ToJsonArray();
            return (Replace(type, version, current, merged, subresource, options), false);
        });

    /// <summary>Deletes, or begins to: see <see cref="DeleteOutcome"/>.</summary>
    public DeleteOutcome Delete(ResourceType type, string? ns, string name, DeleteOptions options) =>
        _store.Atomically(() => _deletion.Delete(type, Get(type, ns, name), options));

    /// <summary>Places a pod on a node.</summary>
    public void Bind(ResourceType pods, string ns, string name, string node) => _store.Atomically(() =>
    {
        var current = Get(pods, ns, name);
        if (current.Json.Text("spec", "nodeName") is { Length: > 0 } placed)
        {
            throw ApiErrors.Conflict(pods, name, $"pod {name} is already assigned to node \"{placed}\"");
        }
        var pod = current.Json.Copy();
        pod.Child("spec")["nodeName"] = node;
        Conditions.Set(pod.Child("status"), "PodScheduled", "True", "", "", _time.GetUtcNow());
        return _store.Put(pods.Key, pod);
    });

    private StoredObject Replace(
        ResourceType type, string version, StoredObject current, JsonObject body, string subresource, WriteOptions options)
    {
        var metadata = body.Child("metadata");
        if (metadata.Text("resourceVersion") is { Length: > 0 } expected && expected != current.Json.Text("metadata", "resourceVersion"))
        {
            throw ApiErrors.Modified(type, current.Name);
        }
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != current.Uid)
        {
            throw ApiErrors.Conflict(type, current.Name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
        }
        ObjectMetadata.Carry(current.Json.Map("metadata")!, metadata);
        if (subresource == "status")
        {
            body = WithStatus(type, current.Json, body);
            metadata = body.Child("metadata");
        }
        else if (HasStatus(type, version))
        {
            CarryStatus(current.Json, body);
        }
        _admission.Admit(type, version, body, current.Json, options, subresource);
        ToStorageVersion(type, body);
        ObjectMetadata.DropEmpty(metadata);
        metadata["resourceVersion"] = current.Json.Text("metadata", "resourceVersion");
        if (ObjectMetadata.HasGeneration(type))
        {
            var generation = current.Json.Integer("metadata", "generation") ?? 1;
            metadata["generation"] = ObjectMetadata.SameSpec(current.Json, body) ? generation : generation + 1;
        }
        if (JsonNode.DeepEquals(current.Json, body))
        {
            return current;
        }
        if (options.DryRun)
        {
            return new(body, current.Revision);
        }
        var stored = _store.Put(type.Key, body);
        if (ObjectDeletion.IsComplete(type, stored))
        {
            _store.Remove(type.Key, stored.Namespace, stored.Name);
        }
        return stored;
    }

    private static void RefuseConflicts(
        ResourceType type, string name, JsonObject current, JsonObject applied, JsonObject fields, List<JsonObject> others)
    {
        foreach (var other in others)
        {
            var conflicts = AppliedFields.Conflicts(current, applied, fields, other.Map("fieldsV1") ?? [], "").ToList();
            if (conflicts.Count > 0)
            {
                var manager = other.Text("manager");
                var details = ApiErrors.Details(type, name);
                details["causes"] = conflicts.Select(field => new JsonObject
                {
                    ["reason"] = "FieldManagerConflict",
                    ["message"] = $"conflict with \"{manager}\"",
                    ["field"] = field,
                }).ToJsonArray();
                throw new ApiException(409, "Conflict",
                    $"Apply failed with {conflicts.Count} conflict{(conflicts.Count == 1 ? "" : "s")}: conflict{(conflicts.Count == 1 ? "" : "s")} "
                    + $"with \"{manager}\": {string.Join(", ", conflicts)}", details);
            }
        }
    }

    private JsonObject ManagedFields(ResourceType type, string version, WriteOptions options, JsonObject fields) => new()
    {
        ["manager"] = options.FieldManager,
        ["operation"] = "Apply",
        ["apiVersion"] = type.ApiVersion(version),
        ["time"] = _time.GetUtcNow().ToTimestamp(),
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = fields.DeepClone(),
    };

    private static JsonObject WithStatus(ResourceType type, JsonObject current, JsonObject body)
    {
        var result = current.Copy();
        if (type.Key == "nodes" && body.Map("metadata", "annotations") is { } annotations)
        {
            result.Child("metadata")["annotations"] = annotations.DeepClone();
        }
        if (body["status"] is { } status)
        {
            result["status"] = status.DeepClone();
        }
        else
        {
            result.Remove("status");
        }
        if (body.Sequence("metadata", "managedFields") is { } managed)
        {
            result.Child("metadata")["managedFields"] = managed.DeepClone();
        }
        return result;
    }

    private static void CarryStatus(JsonObject current, JsonObject body)
    {
        if (current["status"] is { } status)
        {
            body["status"] = status.DeepClone();
        }
        else
        {
            body.Remove("status");
        }
    }

    private static bool HasStatus(ResourceType type, string version) =>
        type.IsCustom ? type.Custom[version].HasStatus : type.HasStatus;

    private static void ToStorageVersion(ResourceType type, JsonObject body)
    {
        body["apiVersion"] = type.ApiVersion(type.StorageVersion);
        body["kind"] = type.Kind;
    }

    private static void CheckIdentity(ResourceType type, string version, string? ns, JsonObject body)
    {
        var expected = type.ApiVersion(version);
        body.Default("apiVersion", expected);
        body.Default("kind", type.Kind);
        if (body.Text("apiVersion") is not { } apiVersion || body.Text("kind") is not { } kind)
        {
            throw ApiErrors.BadRequest("apiVersion and kind must be strings");
        }
        if (apiVersion != expected)
        {
            throw ApiErrors.BadRequest(
                $"the API version in the data ({apiVersion}) does not match the expected API version ({expected})");
        }
        if (kind != type.Kind)
        {
            throw ApiErrors.BadRequest($"the kind in the data ({kind}) does not match the expected kind ({type.Kind})");
        }
        if (type.Namespaced && body.Text("metadata", "namespace") is { Length: > 0 } named && named != ns)
        {
            throw ApiErrors.BadRequest(
                "the namespace of the provided object does not match the namespace sent on the request");
        }
    }

    private void CheckNamespaceAccepts(ResourceType type, string? ns, string name)
    {
        if (!type.Namespaced)
        {
            return;
        }
        if (_store.Get("namespaces", "", ns!) is not { } found)
        {
            throw ApiErrors.NotFound(Catalog["namespaces"], ns!);
        }
        if (found.Deleting)
        {
            throw ApiErrors.Forbidden(type, name, $"unable to create new content in namespace {ns} because it is being terminated");
        }
    }
}
