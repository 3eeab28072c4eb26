using System.Collections.Immutable;

namespace Mesh.Interfaces.Traffic;

/// <param name="WindowSeconds">
/// What the sums are over: the window asked for, or less where the grain has not listened that long. Divide by it for rates.
/// </param>
/// <param name="Series">A serialized Mesh.Interfaces.NodeSession.TrafficSeries each: the sums over the window.</param>
[GenerateSerializer, Immutable, Alias("mesh.TrafficSummary")]
public sealed record TrafficSummary(
    [property: Id(0)] double WindowSeconds,
    [property: Id(1)] ImmutableArray<byte[]> Series);
