using System.Text;
using System.Text.Json.Nodes;

namespace Mesh.Sandbox.Api.Http;

/// <summary>
/// The smallest OpenAPI v2 document that kubectl accepts. It names no types, so kubectl leaves validation to the server and takes the
/// merge keys of built-in kinds from its own code.
/// </summary>
internal static class OpenApiDocument
{
    // Clients ask for it with an @ before v1.0, which is not a valid media type; servers answer with this.
    public const string ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

    private const string Title = "Kubernetes";

    public static JsonObject Json(string version) => new()
    {
        ["swagger"] = "2.0",
        ["info"] = new JsonObject { ["title"] = Title, ["version"] = version },
        ["paths"] = new JsonObject(),
        ["definitions"] = new JsonObject(),
    };

    /// <summary>The same as a gnostic openapi.v2.Document: swagger = 1, info = 2 (title = 1, version = 2), paths = 8.</summary>
    public static byte[] Protobuf(string version) =>
        [.. Field(1, Encoding.UTF8.GetBytes("2.0")), .. Field(2, [.. Field(1, Encoding.UTF8.GetBytes(Title)), .. Field(2, Encoding.UTF8.GetBytes(version))]),
            .. Field(8, [])];

    // All lengths here are below 128, so one byte each.
    private static byte[] Field(int number, byte[] value) => [(byte)((number << 3) | 2), (byte)value.Length, .. value];
}
