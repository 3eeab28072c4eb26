using System.Text.Json.Serialization;

namespace Mesh.Proxy.Enrolment;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EnrolmentRecord))]
internal sealed partial class EnrolmentJson : JsonSerializerContext;
