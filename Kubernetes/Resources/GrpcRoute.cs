namespace Mesh.Kubernetes.Resources;

/// <summary>A route of the Gateway API for gRPC calls.</summary>
public sealed record GrpcRoute() : KubernetesResource(Definition), IKubernetesResource<GrpcRoute>
{
    public static ResourceDefinition Definition { get; } =
        new("gateway.networking.k8s.io", "v1", "grpcroutes", "GRPCRoute", Namespaced: true);

    public GrpcRouteSpec Spec { get; init; } = new();
    public RouteStatus Status { get; init; } = new();
}
