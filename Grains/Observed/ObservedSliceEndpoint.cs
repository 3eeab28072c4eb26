using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>One endpoint of an EndpointSlice.</summary>
/// <param name="Ready">conditions.ready; Kubernetes reads an absent value as true.</param>
/// <param name="Terminating">conditions.terminating; absent is false.</param>
/// <param name="Pod">targetRef.name when targetRef is a Pod of the slice's namespace, else null.</param>
/// <param name="ForZones">hints.forZones[].name; default or empty: no hint.</param>
/// <param name="ForNodes">hints.forNodes[].name; default or empty: no hint.</param>
public sealed record ObservedSliceEndpoint(
    ImmutableArray<string> Addresses,
    bool Ready,
    bool Terminating,
    string? Pod,
    string? Node,
    string? Zone,
    ImmutableArray<string> ForZones = default,
    ImmutableArray<string> ForNodes = default);
