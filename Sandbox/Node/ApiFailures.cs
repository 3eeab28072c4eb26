using Mesh.Kubernetes;

namespace Mesh.Sandbox.Node;

/// <summary>Tells failures of the API server, which pass, from bugs.</summary>
internal static class ApiFailures
{
    /// <summary>The API server said no, cannot be reached, or does not answer: worth another try later.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is KubernetesException or HttpRequestException or TimeoutException or IOException;
}
