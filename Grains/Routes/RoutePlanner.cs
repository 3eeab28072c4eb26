using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Grains.Resilience;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Routes;

/// <summary>The routes of one port of a Service, for the proxies of its clients.</summary>
internal static class RoutePlanner
{
    /// <summary>
    /// One entry for each match of each rule that can be followed, most specific first. As with Linkerd, a route that says anything of
    /// retries replaces all the Service says of them, and so with time limits; what it says nothing of stays the Service's.
    /// </summary>
    /// <param name="service">The Service as its clients name it: of a service in another cluster the mirror.</param>
    /// <param name="port">The Service's port.</param>
    /// <param name="resilience">What the Service's own annotations say.</param>
    /// <param name="view">The cluster.</param>
    public static IEnumerable<Route> Plan(ObservedService service, int port, ServiceResilience resilience, IClusterView view)
    {
        var routes = view.RoutesOf(service.Namespace, service.Name);
        return routes.Count == 0
            ? []
            : RoutePrecedence.Order(routes.SelectMany(route => OfRoute(route, service, port, resilience).Select(entry => (route, entry))));
    }

    /// <summary>What a route's annotations say, and which of them cannot be used.</summary>
    public static (RetryPolicy? Retry, TimeLimits? Limits, IReadOnlyList<AnnotationProblem> Problems) Annotations(ObservedRoute route)
    {
        var reader = new AnnotationReader(route.Annotations);
        var retry = RetryPlanner.Plan(reader, http: !route.IsGrpc, grpc: route.IsGrpc);
        return (retry, TimeLimits.Read(reader), reader.Problems);
    }

    private static IEnumerable<Route> OfRoute(ObservedRoute route, ObservedService service, int port, ServiceResilience resilience)
    {
        var parent = route.Parents.FirstOrDefault(parent =>
            RouteParents.Is(parent, route, service) && (parent.Port is null || parent.Port == port));
        if (parent is null || !route.Hostnames.IsDefaultOrEmpty)
        {
            yield break;
        }
        var (retry, limits, _) = Annotations(route);
        for (var index = 0; index < route.Rules.Length; index++)
        {
            var rule = route.Rules[index];
            if (!RouteRuleJudge.Judge(route, index, parent with { Port = port }).IsInEffect)
            {
                continue;
            }
            var settings = ServiceResilience.SettingsOf(retry ?? resilience.Retry, Limits(rule, limits) ?? resilience.Limits);
            foreach (var match in rule.Matches.IsDefaultOrEmpty ? [new ObservedRouteMatch(null, null, null, [])] : rule.Matches)
            {
                yield return new Route
                {
                    Kind = route.IsGrpc ? "grpcroute" : "httproute",
                    Namespace = route.Metadata.Namespace,
                    Name = route.Metadata.Name,
                    Matches = { RouteMatchPlanner.Plan(match) },
                    // Even without any: the route's settings replace the Service's.
                    Settings = settings?.Clone() ?? new TrafficSettings(),
                };
            }
        }
    }

    /// <summary>The annotations come first, as with Linkerd. Null when neither they nor the rule say anything.</summary>
    private static TimeLimits? Limits(ObservedRouteRule rule, TimeLimits? annotated)
    {
        var request = Milliseconds(rule.RequestTimeout);
        var response = Milliseconds(rule.BackendTimeout);
        if (request is null && response is null)
        {
            return annotated;
        }
        var limits = annotated ?? default;
        return limits with
        {
            Request = limits.Request > 0 ? limits.Request : request ?? 0,
            Response = limits.Response > 0 ? limits.Response : response ?? 0,
        };
    }

    private static uint? Milliseconds(string? duration) =>
        duration is not null && DurationParser.TryParse(duration, out var milliseconds) ? milliseconds : null;
}
