using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>A namespace of this silo's cluster, as the API server last told it.</summary>
/// <param name="Terminating">It has a deletion timestamp: nothing new can be created in it.</param>
public sealed record ObservedNamespace(
    string Name,
    string Uid,
    ImmutableSortedDictionary<string, string> Labels,
    ImmutableSortedDictionary<string, string> Annotations,
    bool Terminating);
