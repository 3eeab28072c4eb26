using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>One rule of a route.</summary>
/// <param name="Matches">Any of them; empty: every request.</param>
/// <param name="Filters">Their types.</param>
/// <param name="RequestTimeout">timeouts.request; null when absent.</param>
/// <param name="BackendTimeout">timeouts.backendRequest; null when absent.</param>
public sealed record ObservedRouteRule(
    ImmutableArray<ObservedRouteMatch> Matches,
    ImmutableArray<string> Filters,
    ImmutableArray<ObservedRouteBackend> Backends,
    string? RequestTimeout,
    string? BackendTimeout);
