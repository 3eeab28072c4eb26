using System.Text;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Routing;

/// <summary>
/// A destination's routes, compiled once per snapshot. Exact paths and prefixes are looked up by hash, one look-up per element of the
/// request's path; only what has no such path is tried one by one. Finding a route allocates nothing. Immutable.
/// </summary>
internal sealed class RouteTable
{
    // By length, whether there is a prefix of it: a path of very many elements cannot make the search slow.
    private readonly bool[] _prefixLengths;
    private readonly Dictionary<byte[], RouteCondition[]> _exact;
    private readonly Dictionary<byte[], RouteCondition[]> _prefixes;
    private readonly RouteCondition[] _others;

    /// <param name="routes">The first that matches counts.</param>
    /// <param name="service">What holds where none does.</param>
    public RouteTable(IReadOnlyList<Route> routes, TrafficSettings? service)
    {
        Default = RouteSettings.Of(service);
        var exact = new Dictionary<byte[], List<RouteCondition>>(ByteStringComparer.Instance);
        var prefixes = new Dictionary<byte[], List<RouteCondition>>(ByteStringComparer.Instance);
        var others = new List<RouteCondition>();
        var rank = 0;
        foreach (var route in routes)
        {
            var settings = RouteSettings.Of(route, Default);
            IReadOnlyList<RouteMatch> matches = route.Matches.Count > 0 ? route.Matches : [new RouteMatch()];
            foreach (var match in matches)
            {
                if (RouteCondition.TryCreate(rank++, settings, match) is { } condition)
                {
                    ListFor(match.Path).Add(condition);
                }
            }
        }
        _exact = Seal(exact);
        _prefixes = Seal(prefixes);
        _others = [.. others];
        _prefixLengths = new bool[_prefixes.Count > 0 ? _prefixes.Keys.Max(prefix => prefix.Length) + 1 : 0];
        foreach (var prefix in _prefixes.Keys)
        {
            _prefixLengths[prefix.Length] = true;
        }

        List<RouteCondition> ListFor(PathMatch? path)
        {
            // "/" is every request's prefix, also that of "*".
            if (path is null || path.Kind == PathMatch.Types.Kind.RegularExpression
                || (path.Kind == PathMatch.Types.Kind.Prefix && path.Value.TrimEnd('/').Length == 0))
            {
                return others;
            }
            var isPrefix = path.Kind == PathMatch.Types.Kind.Prefix;
            var lists = isPrefix ? prefixes : exact;
            var key = Encoding.UTF8.GetBytes(isPrefix ? path.Value.TrimEnd('/') : path.Value);
            if (!lists.TryGetValue(key, out var list))
            {
                lists.Add(key, list = []);
            }
            return list;
        }
    }

    /// <summary>Nothing is known: no routes, no settings.</summary>
    public static RouteTable Empty { get; } = new([], null);

    /// <summary>What holds for requests of no route.</summary>
    public RouteSettings Default { get; }

    /// <summary>No request needs to be looked at: all have the same settings.</summary>
    public bool IsUniform => _exact.Count == 0 && _prefixes.Count == 0 && _others.Length == 0;

    /// <param name="method">As sent.</param>
    /// <param name="path">Without query, see <see cref="RequestPath"/>.</param>
    /// <param name="fields">The header fields.</param>
    public RouteSettings Find<TFields>(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, TFields fields)
        where TFields : IHeaderFields, allows ref struct
    {
        RouteCondition? best = null;
        if (_exact.Count > 0 && _exact.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(path, out var exact))
        {
            best = First(exact, best, method, path, fields);
        }
        if (_prefixes.Count > 0)
        {
            best = FindPrefix(best, method, path, fields);
        }
        return First(_others, best, method, path, fields)?.Settings ?? Default;
    }

    private static RouteCondition? First<TFields>(
        RouteCondition[] conditions, RouteCondition? best, ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, TFields fields)
        where TFields : IHeaderFields, allows ref struct
    {
        foreach (var condition in conditions)
        {
            if (best is not null && best.Rank < condition.Rank)
            {
                break;
            }
            if (condition.Holds(method, path, fields))
            {
                return condition;
            }
        }
        return best;
    }

    private static Dictionary<byte[], RouteCondition[]> Seal(Dictionary<byte[], List<RouteCondition>> lists) =>
        lists.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), ByteStringComparer.Instance);

    private RouteCondition? FindPrefix<TFields>(
        RouteCondition? best, ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, TFields fields)
        where TFields : IHeaderFields, allows ref struct
    {
        var prefixes = _prefixes.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var length = 1; length < _prefixLengths.Length && length <= path.Length; length++)
        {
            if (_prefixLengths[length] && (length == path.Length || path[length] == '/')
                && prefixes.TryGetValue(path[..length], out var conditions))
            {
                best = First(conditions, best, method, path, fields);
            }
        }
        return best;
    }
}
