using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Printing;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Http;

/// <summary>Writes the events of one watch in the form the client asked for.</summary>
internal sealed class WatchWriter
{
    private readonly ApiRequest _request;
    private readonly ResourceType _type;
    private readonly ResponseForm _form;
    private readonly TablePrinter _printer;
    private readonly PipeWriter _output;
    private bool _columnsSent;

    public WatchWriter(ApiRequest request, ResourceType type, TimeProvider time)
    {
        _request = request;
        _type = type;
        _form = Negotiation.FormOf(request.Context.Request);
        _printer = new(type, request.Target.Version, request.Query.GetValueOrDefault("includeObject", "Metadata"), time);
        _output = request.Context.Response.BodyWriter;
    }

    public void Add(string type, StoredObject stored)
    {
        if (_form == ResponseForm.Json && _request.Target.Version == _type.StorageVersion)
        {
            // The common case: the stored bytes, wrapped.
            Write("{\"type\":\""u8);
            Write(System.Text.Encoding.ASCII.GetBytes(type));
            Write("\",\"object\":"u8);
            Write(stored.Utf8);
            Write("}\n"u8);
            return;
        }
        WriteEvent(type, View(_type.InVersion(stored.Json, _request.Target.Version), stored.Revision));
    }

    public void AddBookmark(long revision, bool endOfInitialEvents = false)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString() };
        if (endOfInitialEvents)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }
        WriteEvent("BOOKMARK", _form == ResponseForm.Table
            ? _printer.Print([], metadata, withColumns: false)
            : new JsonObject { ["kind"] = _type.Kind, ["apiVersion"] = _type.ApiVersion(_request.Target.Version), ["metadata"] = metadata });
    }

    public Task WriteErrorAsync(JsonObject status)
    {
        WriteEvent("ERROR", (JsonObject)status.DeepClone());
        return FlushAsync(_request.Aborted);
    }

    public async Task FlushAsync(CancellationToken cancellationToken) => await _output.FlushAsync(cancellationToken);

    private JsonObject View(JsonObject item, long revision)
    {
        switch (_form)
        {
            case ResponseForm.Table:
                var table = _printer.Print([item], new() { ["resourceVersion"] = revision.ToString() }, withColumns: !_columnsSent);
                _columnsSent = true;
                return table;
            case ResponseForm.PartialMetadata:
                return TablePrinter.MetadataOnly(item);
            default:
                return item.Copy();
        }
    }

    private void WriteEvent(string type, JsonObject item)
    {
        Write(JsonSerializer.SerializeToUtf8Bytes<JsonNode>(new JsonObject { ["type"] = type, ["object"] = item }, JsonAccess.Compact));
        Write("\n"u8);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        var span = _output.GetSpan(bytes.Length);
        bytes.CopyTo(span);
        _output.Advance(bytes.Length);
    }
}
