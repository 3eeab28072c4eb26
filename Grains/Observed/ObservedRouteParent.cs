namespace Mesh.Grains.Observed;

/// <summary>One of a route's parentRefs, as written.</summary>
/// <param name="Group">Null when absent, which is gateway.networking.k8s.io.</param>
/// <param name="Kind">Null when absent, which is Gateway.</param>
/// <param name="Namespace">Null when absent: the route's own.</param>
/// <param name="Port">Null: every port.</param>
public sealed record ObservedRouteParent(
    string? Group,
    string? Kind,
    string? Namespace,
    string Name,
    string? SectionName,
    int? Port);
