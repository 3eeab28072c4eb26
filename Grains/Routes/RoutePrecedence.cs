using Mesh.Grains.Observed;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Routes;

/// <summary>
/// Which of several matches counts, https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule: an exact path, then the longest prefix,
/// then a method, then the most headers, then the oldest route, then the first by namespace and name. Where regular expressions stand is
/// left to implementations: here between the exact path and the prefixes, or a rule for "/" would hide them.
/// </summary>
internal static class RoutePrecedence
{
    public static IEnumerable<Route> Order(IEnumerable<(ObservedRoute Origin, Route Route)> routes) => routes
        .OrderBy(entry => Rank(entry.Route.Matches[0].Path))
        .ThenByDescending(entry => entry.Route.Matches[0].Path?.Value.Length ?? 0)
        .ThenByDescending(entry => entry.Route.Matches[0].Method.Length > 0)
        .ThenByDescending(entry => entry.Route.Matches[0].Headers.Count)
        .ThenBy(entry => entry.Origin.Metadata.CreatedAt)
        .ThenBy(entry => entry.Origin.Metadata.Namespace, StringComparer.Ordinal)
        .ThenBy(entry => entry.Origin.Metadata.Name, StringComparer.Ordinal)
        // Two groups have an HTTPRoute, and their objects may have one name.
        .ThenBy(entry => entry.Origin.Group, StringComparer.Ordinal)
        .ThenBy(entry => entry.Origin.Kind, StringComparer.Ordinal)
        .Select(entry => entry.Route);

    private static int Rank(PathMatch? path) => path?.Kind switch
    {
        PathMatch.Types.Kind.Exact => 0,
        PathMatch.Types.Kind.RegularExpression => 1,
        PathMatch.Types.Kind.Prefix => 2,
        _ => 3,
    };
}
