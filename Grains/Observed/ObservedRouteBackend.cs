namespace Mesh.Grains.Observed;

/// <summary>One of a rule's backendRefs, as written.</summary>
/// <param name="Group">Null when absent, which is the core group.</param>
/// <param name="Kind">Null when absent, which is Service.</param>
/// <param name="Namespace">Null when absent: the route's own.</param>
/// <param name="HasFilters">It has filters of its own.</param>
public sealed record ObservedRouteBackend(
    string? Group,
    string? Kind,
    string? Namespace,
    string Name,
    int? Port,
    bool HasFilters);
