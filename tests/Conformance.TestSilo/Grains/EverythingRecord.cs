using System.Collections.Immutable;

namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Every kind of value that the mesh's records hold.</summary>
[GenerateSerializer, Immutable, Alias("test.EverythingRecord")]
public sealed record EverythingRecord(
    [property: Id(0)] string Text,
    [property: Id(1)] ImmutableArray<PointKey> Points,
    [property: Id(2)] ImmutableSortedDictionary<string, ImmutableArray<int>> Sorted,
    [property: Id(3)] ImmutableDictionary<PointKey, string> ByPoint,
    [property: Id(4)] byte[] Bytes,
    [property: Id(5)] Guid Id,
    [property: Id(6)] Colour Colour,
    [property: Id(7)] ulong Version,
    [property: Id(8)] DateTimeOffset? When,
    [property: Id(9)] TimeSpan Duration,
    [property: Id(10)] double Number,
    [property: Id(11)] EverythingRecord? Nested,
    [property: Id(12)] IProbeGrain? Grain,
    [property: Id(13)] (int, string) Tuple)
{
    [Id(14)]
    private int _secret;

    [Id(15)]
    public string Extra { get; init; } = "";

    /// <summary>Computed: has no id and must not travel.</summary>
    public string Loud => Text.ToUpperInvariant();

    public int Secret() => _secret;

    public EverythingRecord WithSecret(int secret) => this with { _secret = secret };
}
