namespace Mesh.Kubernetes.Resources;

/// <summary>Which calls a rule is about; all that is set must hold.</summary>
public sealed record GrpcRouteMatch : OpenRecord
{
    public GrpcMethodMatch? Method { get; init; }
    public IReadOnlyList<RouteHeaderMatch> Headers { get; init; } = [];
}
