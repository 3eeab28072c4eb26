using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Resilience;

namespace Mesh.Grains.Routes;

/// <summary>
/// Whether a rule of a route can be followed. One that cannot is left out as a whole: following half of it would send requests where the
/// route's author did not want them, or other requests than he wanted.
/// </summary>
internal static class RouteRuleJudge
{
    /// <param name="route">The route.</param>
    /// <param name="index">The rule's place in it.</param>
    /// <param name="parent">The Service the route is judged for.</param>
    /// <returns>Nothing wrong: accepted, and in effect.</returns>
    public static PolicyVerdict Judge(ObservedRoute route, int index, ObservedRouteParent parent)
    {
        var rule = route.Rules[index];
        return new PolicyVerdict(Unsupported(rule, $"rules[{index}]"), Unresolved(route, rule, $"rules[{index}]", parent));
    }

    private static PolicyProblem? Unsupported(ObservedRouteRule rule, string where)
    {
        if (!rule.Filters.IsDefaultOrEmpty)
        {
            return Problem($"{where}.filters: {rule.Filters[0]} is not supported. Remove the filters to have the rule followed.");
        }
        foreach (var timeout in new[] { rule.RequestTimeout, rule.BackendTimeout })
        {
            if (timeout is not null && !DurationParser.TryParse(timeout, out _))
            {
                return Problem($"{where}.timeouts: '{timeout}' is no duration. Write a number with its unit, such as 200ms or 2m.");
            }
        }
        foreach (var match in rule.Matches.IsDefault ? [] : rule.Matches)
        {
            if (match.HasQueryParams)
            {
                return Problem($"{where}.matches.queryParams is not supported.");
            }
            if (RouteMatchPlanner.Problem(match) is { } problem)
            {
                return Problem($"{where}.matches: {problem}");
            }
        }
        return null;
    }

    private static PolicyProblem? Unresolved(ObservedRoute route, ObservedRouteRule rule, string where, ObservedRouteParent parent)
    {
        foreach (var backend in rule.Backends.IsDefault ? [] : rule.Backends)
        {
            if ((backend.Group ?? "") is not ("" or "core") || (backend.Kind ?? "Service") != "Service")
            {
                return new PolicyProblem(RouteReasons.InvalidKind, $"{where}.backendRefs: {backend.Kind} {backend.Name} is no Service.");
            }
            if (backend.HasFilters)
            {
                return Problem($"{where}.backendRefs: filters of {backend.Name} are not supported.");
            }
            if (backend.Name != parent.Name
                || (backend.Namespace ?? route.Metadata.Namespace) != RouteParents.NamespaceOf(parent, route)
                || (backend.Port is not null && parent.Port is not null && backend.Port != parent.Port))
            {
                return Problem($"{where}.backendRefs: {backend.Name} is another Service, or another port of it, than the parent {parent.Name}. "
                    + "Requests can only go to the Service they were made to; remove the backendRefs to have the rule followed.");
            }
        }
        return null;
    }

    private static PolicyProblem Problem(string message) => new(RouteReasons.UnsupportedValue, message);
}
