using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>Turns objects into the tables kubectl prints.</summary>
internal sealed class TablePrinter
{
    private readonly TableColumn[] _columns;
    private readonly string _include;
    private readonly TimeProvider _time;

    /// <param name="type">What is printed.</param>
    /// <param name="version">In which API version.</param>
    /// <param name="include">What each row carries of its object: <c>Metadata</c>, <c>Object</c> or <c>None</c>.</param>
    /// <param name="time">For ages.</param>
    public TablePrinter(ResourceType type, string version, string include, TimeProvider time)
    {
        _columns = type.IsCustom ? CustomColumns.Of(type.Custom[version]) : BuiltInColumns.Of(type.Key);
        _include = include;
        _time = time;
    }

    /// <param name="items">Objects in the client's API version.</param>
    /// <param name="metadata">The list's metadata.</param>
    /// <param name="withColumns">Whether the columns are described; in a watch only the first table does.</param>
    public JsonObject Print(IEnumerable<JsonObject> items, JsonObject metadata, bool withColumns = true)
    {
        var now = _time.GetUtcNow();
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = metadata,
            ["columnDefinitions"] = withColumns ? _columns.Select(c => c.Definition()).ToJsonArray() : [],
            ["rows"] = items.Select(item => Row(item, now)).ToJsonArray(),
        };
    }

    /// <summary>The form in which only metadata is sent.</summary>
    public static JsonObject MetadataOnly(JsonObject item) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = item["metadata"]?.DeepClone(),
    };

    private JsonObject Row(JsonObject item, DateTimeOffset now)
    {
        var cells = new JsonArray();
        foreach (var column in _columns)
        {
            cells.Add(column.Cell(item, now));
        }
        var row = new JsonObject { ["cells"] = cells };
        if (_include != "None")
        {
            row["object"] = _include == "Object" ? item.DeepClone() : MetadataOnly(item);
        }
        return row;
    }
}
