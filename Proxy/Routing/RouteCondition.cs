using System.Text;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Routing;

/// <summary>One match of one route, without the part of the path that the table looks up.</summary>
internal sealed class RouteCondition
{
    private readonly byte[] _method;
    private readonly TextPattern? _path;
    private readonly HeaderCondition[] _headers;

    private RouteCondition(int rank, RouteSettings settings, string method, TextPattern? path, HeaderCondition[] headers)
    {
        Rank = rank;
        Settings = settings;
        _method = Encoding.ASCII.GetBytes(method);
        _path = path;
        _headers = headers;
    }

    /// <summary>Of several that hold the one with the lowest rank counts.</summary>
    public int Rank { get; }

    public RouteSettings Settings { get; }

    /// <returns>Null when a regular expression cannot be used: the match then never holds, rather than always.</returns>
    public static RouteCondition? TryCreate(int rank, RouteSettings settings, RouteMatch match)
    {
        var isPattern = match.Path?.Kind == PathMatch.Types.Kind.RegularExpression;
        var path = isPattern ? TextPattern.TryCreate(match.Path!.Value) : null;
        var headers = match.Headers.Select(HeaderCondition.TryCreate).OfType<HeaderCondition>().ToArray();
        return (isPattern && path is null) || headers.Length < match.Headers.Count
            ? null
            : new RouteCondition(rank, settings, match.Method, path, headers);
    }

    public bool Holds<TFields>(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, TFields fields)
        where TFields : IHeaderFields, allows ref struct
    {
        if ((_method.Length > 0 && !method.SequenceEqual(_method)) || _path?.IsMatch(path) == false)
        {
            return false;
        }
        foreach (var header in _headers)
        {
            if (!header.Holds(fields))
            {
                return false;
            }
        }
        return true;
    }
}
