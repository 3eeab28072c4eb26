using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>What this mesh made of a route for one of its parents.</summary>
public sealed record ObservedRouteParentStatus(
    ObservedRouteParent Parent,
    ImmutableArray<ObservedCondition> Conditions);
