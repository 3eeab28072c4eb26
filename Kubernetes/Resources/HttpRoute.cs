namespace Mesh.Kubernetes.Resources;

/// <summary>A route of the Gateway API for HTTP requests.</summary>
public sealed record HttpRoute() : KubernetesResource(Definition), IKubernetesResource<HttpRoute>
{
    public static ResourceDefinition Definition { get; } =
        new("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", Namespaced: true);

    public HttpRouteSpec Spec { get; init; } = new();
    public RouteStatus Status { get; init; } = new();
}
