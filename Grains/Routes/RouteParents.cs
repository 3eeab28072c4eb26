using Mesh.Grains.Observed;

namespace Mesh.Grains.Routes;

/// <summary>Which parents of a route are Services: the mesh has no gateways, and other parents are other controllers' business.</summary>
internal static class RouteParents
{
    /// <summary>"core" is how Linkerd lets one write the empty group.</summary>
    public static bool IsService(ObservedRouteParent parent) =>
        parent is { Kind: "Service", Group: "" or "core" };

    public static string NamespaceOf(ObservedRouteParent parent, ObservedRoute route) => parent.Namespace ?? route.Metadata.Namespace;

    public static bool Is(ObservedRouteParent parent, ObservedRoute route, ObservedService service) =>
        IsService(parent) && parent.Name == service.Name && NamespaceOf(parent, route) == service.Namespace;
}
