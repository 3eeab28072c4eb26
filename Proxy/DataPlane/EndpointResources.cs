using Mesh.Proxy.Metrics;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.DataPlane;

/// <summary>What a loop keeps with an endpoint it has used: its connections, and per route the numbers.</summary>
/// <param name="pool">Connections that rest.</param>
/// <param name="key">The labels of the endpoint's series, route left out.</param>
internal sealed class EndpointResources(UpstreamPool pool, SeriesKey key)
{
    private readonly List<(RouteSettings Route, Series Series)> _series = [];

    public UpstreamPool Pool { get; } = pool;

    /// <summary>The numbers of one route's requests to the endpoint.</summary>
    public Series Series(RouteSettings route, ProxyLoop loop)
    {
        foreach (var (known, series) in _series)
        {
            if (ReferenceEquals(known, route) && !series.IsRetired)
            {
                return series;
            }
        }
        return Find(route, loop);
    }

    /// <summary>The destination has other routes now.</summary>
    public void ForgetRoutes() => _series.Clear();

    private Series Find(RouteSettings route, ProxyLoop loop)
    {
        _series.RemoveAll(entry => entry.Series.IsRetired);
        var series = loop.Metrics.Find(
            route.Name.Length == 0 ? key : key with { RouteKind = route.Kind, RouteNamespace = route.Namespace, Route = route.Name });
        _series.Add((route, series));
        return series;
    }
}
