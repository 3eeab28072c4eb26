using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Printing;

/// <summary>A column of server-side printing.</summary>
/// <param name="Name">Heading.</param>
/// <param name="Type">OpenAPI type of the cells.</param>
/// <param name="Format"><c>name</c> marks the column that names the object.</param>
/// <param name="Priority">0 is always shown, more only with <c>-o wide</c>.</param>
/// <param name="Description">What it is.</param>
/// <param name="Cell">Its value for an object, at a time.</param>
internal sealed record TableColumn(
    string Name, string Type, string Format, int Priority, string Description, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}
