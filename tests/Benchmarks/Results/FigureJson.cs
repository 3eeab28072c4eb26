using System.Text.Json.Serialization;

namespace Mesh.Benchmarks.Results;

/// <summary>The results as a file.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<FigureResult>))]
internal sealed partial class FigureJson : JsonSerializerContext;
