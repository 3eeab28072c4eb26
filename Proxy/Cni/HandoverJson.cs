using System.Text.Json.Serialization;

namespace Mesh.Proxy.Cni;

/// <summary>Generated, since the plugin's start-up time is every pod's start-up time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HandoverRequest))]
[JsonSerializable(typeof(HandoverResponse))]
internal sealed partial class HandoverJson : JsonSerializerContext;
