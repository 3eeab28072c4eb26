using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Patching;
using Mesh.Sandbox.Api.Printing;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Answers requests for stored objects: get, create, update, patch and delete, of objects, their status and their scale.</summary>
internal sealed class ResourceEndpoints
{
    private static readonly string[] PatchTypes =
        ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"];

    private readonly ResourceOperations _operations;
    private readonly TimeProvider _time;

    public ResourceEndpoints(ResourceOperations operations, TimeProvider time)
    {
        _operations = operations;
        _time = time;
    }

    public async Task HandleAsync(ApiRequest request, ResourceType type)
    {
        var target = request.Target;
        if (target.Subresource is not ("" or "status" or "scale" or "finalize")
            || (target.Subresource == "status" && !type.HasStatus)
            || (target.Subresource == "scale" && !type.HasScale)
            || (target.Subresource == "finalize" && type.Key != "namespaces"))
        {
            throw ApiErrors.NoSuchResource();
        }
        if (type.Namespaced && target.Namespace is null && target.Name is not null)
        {
            throw ApiErrors.NoSuchResource();
        }
        switch (request.Context.Request.Method)
        {
            case "GET" or "HEAD" when target.Name is not null:
                await GetAsync(request, type);
                break;
            case "POST" when target.Name is null:
                await CreateAsync(request, type);
                break;
            case "PUT" when target.Name is not null:
                await UpdateAsync(request, type);
                break;
            case "PATCH" when target.Name is not null:
                await PatchAsync(request, type);
                break;
            case "DELETE" when target.Name is not null && target.Subresource.Length == 0:
                await DeleteAsync(request, type);
                break;
            case "DELETE" when target.Name is null:
                await DeleteCollectionAsync(request, type);
                break;
            default:
                throw ApiErrors.MethodNotAllowed();
        }
    }

    private Task GetAsync(ApiRequest request, ResourceType type)
    {
        var stored = _operations.Get(type, request.Target.Namespace, request.Target.Name!);
        return request.Target.Subresource == "scale"
            ? JsonResponse.WriteAsync(request.Context, 200, ScaleView.Of(type, request.Target.Version, stored))
            : WriteObjectAsync(request, type, 200, stored);
    }

    private async Task CreateAsync(ApiRequest request, ResourceType type)
    {
        if (type.Namespaced && request.Target.Namespace is null)
        {
            throw ApiErrors.MethodNotAllowed();
        }
        var body = await request.ReadObjectAsync() ?? throw ApiErrors.BadRequest("the request has no body");
        var options = request.WriteOptions();
        var stored = _operations.Create(type, request.Target.Version, request.Target.Namespace, body, options);
        JsonResponse.AddWarnings(request.Context, options.Warnings);
        await WriteObjectAsync(request, type, 201, stored);
    }

    private async Task UpdateAsync(ApiRequest request, ResourceType type)
    {
        var body = await request.ReadObjectAsync() ?? throw ApiErrors.BadRequest("the request has no body");
        var (target, options) = (request.Target, request.WriteOptions());
        StoredObject stored;
        if (target.Subresource == "scale")
        {
            stored = _operations.Modify(type, target.Version, target.Namespace, target.Name!, "", options, item =>
            {
                if (body.Text("metadata", "resourceVersion") is { Length: > 0 } expected
                    && expected != item.Text("metadata", "resourceVersion"))
                {
                    throw ApiErrors.Modified(type, target.Name!);
                }
                return ScaleView.Apply(type, target.Version, item, body);
            });
            await JsonResponse.WriteAsync(request.Context, 200, ScaleView.Of(type, target.Version, stored));
            return;
        }
        if (target.Subresource == "finalize")
        {
            stored = _operations.Modify(type, target.Version, null, target.Name!, "", options, item =>
            {
                item.Child("spec")["finalizers"] = body.Sequence("spec", "finalizers")?.DeepClone() ?? new JsonArray();
                return item;
            });
        }
        else
        {
            stored = _operations.Update(type, target.Version, target.Namespace, target.Name!, body, target.Subresource, options);
        }
        JsonResponse.AddWarnings(request.Context, options.Warnings);
        await WriteObjectAsync(request, type, 200, stored);
    }

    private async Task PatchAsync(ApiRequest request, ResourceType type)
    {
        var (target, kind) = (request.Target, request.ContentType);
        if (!PatchTypes.Contains(kind) || (kind == PatchTypes[2] && type.IsCustom))
        {
            throw ApiErrors.UnsupportedMediaType([.. PatchTypes.Where(p => !type.IsCustom || p != PatchTypes[2])]);
        }
        var apply = kind == PatchTypes[3];
        var options = request.WriteOptions(apply);
        if (apply)
        {
            await ApplyAsync(request, type, options);
            return;
        }
        var patch = await request.ReadNodeAsync();
        var change = Change(kind, patch);
        if (target.Subresource == "scale")
        {
            var scaled = _operations.Modify(type, target.Version, target.Namespace, target.Name!, "", options, item =>
                ScaleView.Apply(type, target.Version, item, change(ScaleView.Of(type, target.Version, new(item.Copy(), 0)))));
            await JsonResponse.WriteAsync(request.Context, 200, ScaleView.Of(type, target.Version, scaled));
            return;
        }
        var stored = _operations.Modify(type, target.Version, target.Namespace, target.Name!, target.Subresource, options, change);
        JsonResponse.AddWarnings(request.Context, options.Warnings);
        await WriteObjectAsync(request, type, 200, stored);
    }

    private async Task ApplyAsync(ApiRequest request, ResourceType type, WriteOptions options)
    {
        var target = request.Target;
        var applied = await request.ReadObjectAsync() ?? throw ApiErrors.BadRequest("the request has no body");
        var (stored, created) = _operations.Apply(
            type, target.Version, target.Namespace, target.Name!, target.Subresource, applied, options);
        JsonResponse.AddWarnings(request.Context, options.Warnings);
        await WriteObjectAsync(request, type, created ? 201 : 200, stored);
    }

    private static Func<JsonObject, JsonObject> Change(string kind, JsonNode patch)
    {
        if (kind == PatchTypes[0])
        {
            var operations = patch as JsonArray ?? throw ApiErrors.BadRequest("a JSON patch is an array of operations");
            return item => JsonPatch.Apply(item, operations);
        }
        var changes = patch as JsonObject ?? throw ApiErrors.BadRequest("a merge patch is an object");
        return item =>
        {
            if (kind == PatchTypes[1])
            {
                MergePatch.Apply(item, changes);
            }
            else
            {
                StrategicMergePatch.Apply(item, changes);
            }
            return item;
        };
    }

    private async Task DeleteAsync(ApiRequest request, ResourceType type)
    {
        var options = DeleteOptions.From(await request.ReadObjectAsync(), request.Query);
        var outcome = _operations.Delete(type, request.Target.Namespace, request.Target.Name!, options);
        if (!outcome.Gone || type.Key == "pods")
        {
            await WriteObjectAsync(request, type, 200, outcome.Object);
            return;
        }
        var details = ApiErrors.Details(type, outcome.Object.Name);
        details["uid"] = outcome.Object.Uid;
        await JsonResponse.WriteAsync(request.Context, 200, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        });
    }

    private async Task DeleteCollectionAsync(ApiRequest request, ResourceType type)
    {
        if (type.Namespaced && request.Target.Namespace is null)
        {
            throw ApiErrors.MethodNotAllowed();
        }
        var options = DeleteOptions.From(await request.ReadObjectAsync(), request.Query);
        var query = ListQuery.From(request, type);
        var deleted = new List<JsonObject>();
        foreach (var item in _operations.Store.List(type.Key, request.Target.Namespace).Where(query.Matches))
        {
            try
            {
                deleted.Add(_operations.Delete(type, request.Target.Namespace, item.Name, options).Object.Json.Copy());
            }
            catch (ApiException e) when (e.Code == 404)
            {
                // Somebody else deleted it between the list and here, which is what was asked for.
            }
        }
        await JsonResponse.WriteAsync(request.Context, 200, new JsonObject
        {
            ["kind"] = type.ListKind,
            ["apiVersion"] = type.ApiVersion(request.Target.Version),
            ["metadata"] = new JsonObject { ["resourceVersion"] = _operations.Store.Revision.ToString() },
            ["items"] = deleted.ToJsonArray(),
        });
    }

    private Task WriteObjectAsync(ApiRequest request, ResourceType type, int code, StoredObject stored)
    {
        var version = request.Target.Version;
        switch (Negotiation.FormOf(request.Context.Request))
        {
            case ResponseForm.Table:
                var printer = new TablePrinter(type, version, request.Query.GetValueOrDefault("includeObject", "Metadata"), _time);
                var metadata = new JsonObject { ["resourceVersion"] = stored.Revision.ToString() };
                return JsonResponse.WriteAsync(request.Context, code, printer.Print([type.InVersion(stored.Json, version)], metadata));
            case ResponseForm.PartialMetadata:
                return JsonResponse.WriteAsync(request.Context, code, TablePrinter.MetadataOnly(stored.Json));
            default:
                return version == type.StorageVersion
                    ? JsonResponse.WriteAsync(request.Context, code, stored.Utf8)
                    : JsonResponse.WriteAsync(request.Context, code, type.InVersion(stored.Json, version));
        }
    }
}
