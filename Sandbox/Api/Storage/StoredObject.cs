using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Storage;

/// <summary>
/// One version of one object. Immutable and shared between threads: whoever wants to change <see cref="Json"/> copies it first.
/// </summary>
internal sealed class StoredObject
{
    private Dictionary<string, string>? _labels;
    private byte[]? _utf8;

    public StoredObject(JsonObject json, long revision)
    {
        JsonAccess.Materialise(json);
        Json = json;
        Revision = revision;
        Name = json.Text("metadata", "name") ?? "";
        Namespace = json.Text("metadata", "namespace") ?? "";
        Uid = json.Text("metadata", "uid") ?? "";
    }

    public JsonObject Json { get; }

    public long Revision { get; }

    public string Name { get; }

    /// <summary>Empty for a cluster-scoped object.</summary>
    public string Namespace { get; }

    public string Uid { get; }

    public bool Deleting => Json.At("metadata", "deletionTimestamp") is not null;

    public IReadOnlyDictionary<string, string> Labels => _labels ??= Json.Strings("metadata", "labels");

    /// <summary>The object as it is written to clients that ask for the version it is stored in; serialized once for all of them.</summary>
    public byte[] Utf8 => _utf8 ??= JsonSerializer.SerializeToUtf8Bytes(Json, JsonAccess.Compact);
}
