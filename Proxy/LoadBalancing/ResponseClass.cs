using Mesh.Proxy.Metrics;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>Which responses speak against the endpoint they came from, as Linkerd classifies them.</summary>
internal static class ResponseClass
{
    /// <summary>A server error. What the client did wrong (4xx) is not the endpoint's failure.</summary>
    public static bool IsFailure(int status) => status >= 500;

    /// <summary>
    /// A gRPC status that counts as failed, but for PERMISSION_DENIED: a client that is not allowed would take every endpoint out for
    /// itself, and be told that they are out instead of that it is not allowed.
    /// </summary>
    public static bool IsGrpcFailure(int status) => status != GrpcStatus.PermissionDenied && GrpcStatus.IsFailure(status);
}
