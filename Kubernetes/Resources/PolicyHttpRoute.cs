namespace Mesh.Kubernetes.Resources;

/// <summary>Linkerd's own kind of route for HTTP requests, which has the fields of the Gateway API's.</summary>
public sealed record PolicyHttpRoute() : KubernetesResource(Definition), IKubernetesResource<PolicyHttpRoute>
{
    public static ResourceDefinition Definition { get; } =
        new("policy.linkerd.io", "v1beta3", "httproutes", "HTTPRoute", Namespaced: true);

    public HttpRouteSpec Spec { get; init; } = new();
    public RouteStatus Status { get; init; } = new();
}
