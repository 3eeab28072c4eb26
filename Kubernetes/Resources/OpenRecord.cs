using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Kubernetes.Resources;

/// <summary>A part of an object that keeps the fields it does not know, so that reading and writing back loses nothing.</summary>
public abstract record OpenRecord
{
    /// <summary>Fields without a property here; null when there are none.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}
