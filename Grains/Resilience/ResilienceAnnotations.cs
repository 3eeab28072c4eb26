namespace Mesh.Grains.Resilience;

/// <summary>
/// Linkerd's annotations on Services and routes for retries, time limits and circuit breaking:
/// https://linkerd.io/2-edge/reference/retries/, https://linkerd.io/2-edge/reference/timeouts/ and
/// https://linkerd.io/2-edge/reference/circuit-breaking/.
/// </summary>
internal static class ResilienceAnnotations
{
    public const string RetryPrefix = "retry.linkerd.io/";
    public const string RetryHttp = RetryPrefix + "http";
    public const string RetryGrpc = RetryPrefix + "grpc";
    public const string RetryLimit = RetryPrefix + "limit";
    public const string RetryTimeout = RetryPrefix + "timeout";

    public const string TimeoutPrefix = "timeout.linkerd.io/";
    public const string RequestTimeout = TimeoutPrefix + "request";
    public const string ResponseTimeout = TimeoutPrefix + "response";
    public const string IdleTimeout = TimeoutPrefix + "idle";

    public const string FailureAccrual = "balancer.linkerd.io/failure-accrual";
    public const string MaxFailures = FailureAccrual + "-consecutive-max-failures";
    public const string MinPenalty = FailureAccrual + "-consecutive-min-penalty";
    public const string MaxPenalty = FailureAccrual + "-consecutive-max-penalty";
    public const string JitterRatio = FailureAccrual + "-consecutive-jitter-ratio";

    private static readonly string[] Known =
    [
        RetryHttp, RetryGrpc, RetryLimit, RetryTimeout, RequestTimeout, ResponseTimeout, IdleTimeout,
        FailureAccrual, MaxFailures, MinPenalty, MaxPenalty, JitterRatio,
    ];

    /// <summary>Whether the annotation belongs to one of the groups above, known or not: an unknown one is most likely misspelt.</summary>
    public static bool IsOurs(string annotation) =>
        annotation.StartsWith(RetryPrefix, StringComparison.Ordinal)
        || annotation.StartsWith(TimeoutPrefix, StringComparison.Ordinal)
        || annotation.StartsWith(FailureAccrual, StringComparison.Ordinal);

    public static bool IsKnown(string annotation) => Known.Contains(annotation);
}
