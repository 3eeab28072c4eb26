namespace Mesh.Grains.Routes;

/// <summary>
/// The reasons in status conditions of routes, https://gateway-api.sigs.k8s.io/reference/spec/#routeconditionreason.
/// </summary>
internal static class RouteReasons
{
    public const string Accepted = "Accepted";
    public const string ResolvedRefs = "ResolvedRefs";
    public const string NoMatchingParent = "NoMatchingParent";
    public const string UnsupportedValue = "UnsupportedValue";
    public const string InvalidKind = "InvalidKind";
}
