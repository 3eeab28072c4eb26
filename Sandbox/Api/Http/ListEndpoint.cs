using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Printing;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Answers lists.</summary>
internal sealed class ListEndpoint
{
    private readonly ResourceStore _store;
    private readonly TimeProvider _time;

    public ListEndpoint(ResourceStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
    }

    public async Task HandleAsync(ApiRequest request, ResourceType type)
    {
        var (target, query) = (request.Target, ListQuery.From(request, type));
        var all = _store.List(type.Key, type.Namespaced ? target.Namespace : null, out var revision);
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString() };
        var items = Page([.. all.Where(query.Matches)], query, metadata);
        var form = Negotiation.FormOf(request.Context.Request);
        if (form == ResponseForm.Table)
        {
            var printer = new TablePrinter(type, target.Version, request.Query.GetValueOrDefault("includeObject", "Metadata"), _time);
            await JsonResponse.WriteAsync(request.Context, 200, printer.Print(items.Select(i => type.InVersion(i.Json, target.Version)), metadata));
            return;
        }
        if (form == ResponseForm.PartialMetadata)
        {
            await JsonResponse.WriteAsync(request.Context, 200, new JsonObject
            {
                ["kind"] = "PartialObjectMetadataList",
                ["apiVersion"] = "meta.k8s.io/v1",
                ["metadata"] = metadata,
                ["items"] = items.Select(i => TablePrinter.MetadataOnly(i.Json)).ToJsonArray(),
            });
            return;
        }
        await JsonResponse.WriteAsync(request.Context, 200, Serialize(type, target.Version, items, metadata));
    }

    private static List<StoredObject> Page(List<StoredObject> items, ListQuery query, JsonObject metadata)
    {
        if (query.After is { } after)
        {
            items = items.FindAll(i => Compare((i.Namespace, i.Name), after) > 0);
        }
        if (query.Limit is { } limit && items.Count > limit)
        {
            metadata["continue"] = ListQuery.WriteContinue(items[limit - 1]);
            metadata["remainingItemCount"] = items.Count - limit;
            items = items.GetRange(0, limit);
        }
        return items;
    }

    private static int Compare((string Namespace, string Name) left, (string Namespace, string Name) right)
    {
        var byNamespace = string.CompareOrdinal(left.Namespace, right.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(left.Name, right.Name);
    }

    private static ReadOnlyMemory<byte> Serialize(ResourceType type, string version, List<StoredObject> items, JsonObject metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, new() { Encoder = JsonAccess.Compact.Encoder });
        writer.WriteStartObject();
        writer.WriteString("kind", type.ListKind);
        writer.WriteString("apiVersion", type.ApiVersion(version));
        writer.WritePropertyName("metadata");
        metadata.WriteTo(writer);
        writer.WriteStartArray("items");
        foreach (var item in items)
        {
            if (version == type.StorageVersion)
            {
                writer.WriteRawValue(item.Utf8, skipInputValidation: true);
            }
            else
            {
                type.InVersion(item.Json, version).WriteTo(writer, JsonAccess.Compact);
            }
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
