using System.Collections.Immutable;

namespace Mesh.Grains.Observed;

/// <summary>Which requests a rule is about; all that is set must hold.</summary>
/// <param name="Method">Of an HTTPRoute: the HTTP method; null: any.</param>
/// <param name="PathType">Exact, PathPrefix or RegularExpression; null when absent, which is PathPrefix.</param>
/// <param name="Path">Null when absent, which is "/".</param>
/// <param name="Headers">Their names as written.</param>
/// <param name="HasQueryParams">Parameters of the query are asked for.</param>
/// <param name="Grpc">Of a GRPCRoute: service and method; null: any.</param>
public sealed record ObservedRouteMatch(
    string? Method,
    string? PathType,
    string? Path,
    ImmutableArray<ObservedHeaderMatch> Headers,
    bool HasQueryParams = false,
    ObservedGrpcMethod? Grpc = null);
