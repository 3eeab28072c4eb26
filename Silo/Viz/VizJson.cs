using System.Text.Json.Serialization;
using Mesh.Interfaces.Viz;

namespace Mesh.Silo.Viz;

/// <summary>The API's JSON, generated: reflection at the first request would cost as much as the request.</summary>
[JsonSerializable(typeof(IReadOnlyList<VizStatRow>))]
[JsonSerializable(typeof(IReadOnlyList<VizAuthzRow>))]
[JsonSerializable(typeof(MeshStatus))]
[JsonSerializable(typeof(VizProblem))]
internal sealed partial class VizJson : JsonSerializerContext;
