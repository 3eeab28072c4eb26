using System.Text.Json.Serialization;

namespace Mesh.Proxy.Succession;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(SuccessionMessage))]
internal sealed partial class SuccessionJson : JsonSerializerContext;
