using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Routes;

/// <summary>Writes a match of a route as the proxy reads it: a gRPC method is a path.</summary>
internal static class RouteMatchPlanner
{
    private const string Exact = "Exact";
    private const string Prefix = "PathPrefix";
    private const string RegularExpression = "RegularExpression";

    /// <returns>What is wrong with the match; null when it can be used.</returns>
    public static string? Problem(ObservedRouteMatch match)
    {
        if (match.Grpc is { } grpc)
        {
            if (grpc.Type is not (null or Exact or RegularExpression))
            {
                return $"the type '{grpc.Type}' of a method is unknown.";
            }
            foreach (var text in new[] { grpc.Service, grpc.Method }.Where(text => !string.IsNullOrEmpty(text)).OfType<string>())
            {
                if (grpc.Type == RegularExpression ? !RoutePattern.IsValid(text) : text.Contains('/', StringComparison.Ordinal))
                {
                    return $"'{text}' is no name of a gRPC service or method, or no regular expression that can be used.";
                }
            }
        }
        if (match.PathType is not (null or Exact or Prefix or RegularExpression))
        {
            return $"the type '{match.PathType}' of a path is unknown.";
        }
        if (match.Path is { } path && (match.PathType == RegularExpression ? !RoutePattern.IsValid(path) : !path.StartsWith('/')))
        {
            return match.PathType == RegularExpression
                ? $"'{path}' is no regular expression that can be used."
                : $"the path '{path}' does not begin with '/'.";
        }
        foreach (var header in Headers(match))
        {
            if (header.Type is not (null or Exact or RegularExpression))
            {
                return $"the type '{header.Type}' of header {header.Name} is unknown.";
            }
            if (header.Name.Length == 0 || (header.Type == RegularExpression && !RoutePattern.IsValid(header.Value)))
            {
                return $"header '{header.Name}': '{header.Value}' is no regular expression that can be used, or the name is missing.";
            }
        }
        return null;
    }

    /// <param name="match">A match without problems.</param>
    public static RouteMatch Plan(ObservedRouteMatch match)
    {
        var planned = new RouteMatch
        {
            Method = (match.Method ?? "").ToUpperInvariant(),
            Path = match.Grpc is { } grpc ? Path(grpc) : Path(match),
        };
        // Of several conditions on one header only the first counts: Gateway API, HTTPRouteMatch.headers.
        planned.Headers.Add(Headers(match).DistinctBy(header => header.Name, StringComparer.OrdinalIgnoreCase).Select(header => new HeaderMatch
        {
            Name = header.Name.ToLowerInvariant(),
            Value = header.Value,
            RegularExpression = header.Type == RegularExpression,
        }));
        return planned;
    }

    private static PathMatch? Path(ObservedRouteMatch match) => (match.PathType ?? Prefix, match.Path ?? "/") switch
    {
        (Exact, var path) => new PathMatch { Kind = PathMatch.Types.Kind.Exact, Value = path },
        (RegularExpression, var path) => new PathMatch { Kind = PathMatch.Types.Kind.RegularExpression, Value = path },
        (_, var path) when path.TrimEnd('/').Length == 0 => null,
        (_, var path) => new PathMatch { Kind = PathMatch.Types.Kind.Prefix, Value = path.TrimEnd('/') },
    };

    private static PathMatch? Path(ObservedGrpcMethod grpc)
    {
        var (service, method) = (grpc.Service ?? "", grpc.Method ?? "");
        if (service.Length == 0 && method.Length == 0)
        {
            return null;
        }
        if (grpc.Type == RegularExpression)
        {
            return Pattern(service.Length > 0 ? $"(?:{service})" : "[^/]+", method.Length > 0 ? $"(?:{method})" : "[^/]+");
        }
        return method.Length == 0 ? new PathMatch { Kind = PathMatch.Types.Kind.Prefix, Value = $"/{service}" }
            : service.Length == 0 ? Pattern("[^/]+", System.Text.RegularExpressions.Regex.Escape(method))
            : new PathMatch { Kind = PathMatch.Types.Kind.Exact, Value = $"/{service}/{method}" };

        static PathMatch Pattern(string service, string method) =>
            new() { Kind = PathMatch.Types.Kind.RegularExpression, Value = $"/{service}/{method}" };
    }

    private static ImmutableArray<ObservedHeaderMatch> Headers(ObservedRouteMatch match) => match.Headers.IsDefault ? [] : match.Headers;
}
