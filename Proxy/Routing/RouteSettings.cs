using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Retries;

namespace Mesh.Proxy.Routing;

/// <summary>How the requests of one route, or of a destination without routes, are treated. Immutable.</summary>
internal sealed class RouteSettings
{
    private RouteSettings(string kind, string ns, string name, RetryRule? retry, TimeLimits limits)
    {
        Kind = kind;
        Namespace = ns;
        Name = name;
        Retry = retry;
        Limits = limits;
    }

    /// <summary>Of a destination of which nothing is known.</summary>
    public static RouteSettings None { get; } = new("", "", "", null, TimeLimits.None);

    /// <summary>For metrics: <c>httproute</c>, <c>grpcroute</c>; empty: no route, the destination itself.</summary>
    public string Kind { get; }

    public string Namespace { get; }

    public string Name { get; }

    /// <summary>Null: nothing is retried.</summary>
    public RetryRule? Retry { get; }

    public TimeLimits Limits { get; }

    /// <summary>Of a destination whose routes did not match, or that has none.</summary>
    public static RouteSettings Of(TrafficSettings? settings) =>
        settings is null ? None : new RouteSettings("", "", "", RetryRule.From(settings.Retry), TimeLimits.From(settings));

    /// <summary>
    /// Of a route. As in Linkerd its retries replace those of its Service, and its time limits those of its Service, each as a whole; what
    /// it does not say at all is the Service's.
    /// </summary>
    public static RouteSettings Of(Route route, RouteSettings service)
    {
        var limits = TimeLimits.From(route.Settings);
        return new RouteSettings(
            route.Kind, route.Namespace, route.Name, RetryRule.From(route.Settings?.Retry) ?? service.Retry,
            limits.IsNone ? service.Limits : limits);
    }
}
