namespace Mesh.Proxy.LoadBalancing;

/// <summary>Which responses speak against the endpoint they came from, as Linkerd classifies them.</summary>
internal static class ResponseClass
{
    /// <summary>A server error. What the client did wrong (4xx) is not the endpoint's failure.</summary>
    public static bool IsFailure(int status) => status >= 500;

    /// <summary>
    /// Of the gRPC statuses: unknown, deadline exceeded, internal, unavailable, data loss. The others say that the server worked and that
    /// the request was wrong, not allowed or not possible.
    /// </summary>
    public static bool IsGrpcFailure(int status) => status is 2 or 4 or 13 or 14 or 15;
}
