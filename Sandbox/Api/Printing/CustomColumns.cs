using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>The columns a CustomResourceDefinition asks for, and name and age.</summary>
internal static class CustomColumns
{
    private static readonly TableColumn[] Default = BuiltInColumns.Of("");

    public static TableColumn[] Of(CustomVersion version) => version.Columns.Count == 0
        ? Default
        : [Default[0], .. version.Columns.Select(Column)];

    private static TableColumn Column(JsonObject definition)
    {
        var type = definition.Text("type") ?? "string";
        var path = SimpleJsonPath.Parse(definition.Text("jsonPath") ?? "");
        return new(
            definition.Text("name") ?? "",
            type,
            definition.Text("format") ?? "",
            (int)(definition.Integer("priority") ?? 0),
            definition.Text("description") ?? "",
            (item, now) => Cell(type, [.. path.Find(item)], now));
    }

    private static JsonNode? Cell(string type, List<JsonNode?> found, DateTimeOffset now)
    {
        if (found.Count == 0 || found[0] is null)
        {
            return null;
        }
        return type switch
        {
            "date" => found[0].Text() is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time)
                ? HumanDuration.Of(time, now)
                : "<invalid>",
            "integer" or "number" or "boolean" => found[0]!.DeepClone(),
            // Several matches, as from a wildcard, are shown as one list.
            _ when found.Count == 1 => found[0].Text() ?? found[0]!.ToJsonString(),
            _ => string.Join(',', found.Select(f => f.Text() ?? f?.ToJsonString())),
        };
    }
}
