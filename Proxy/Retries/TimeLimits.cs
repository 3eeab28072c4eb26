using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Retries;

/// <summary>
/// How long a request may take (annotations <c>timeout.linkerd.io/*</c>), in milliseconds; 0: no limit. None of them leads to a retry: the
/// client is told that its time is up.
/// </summary>
/// <param name="Request">From the request's head to the last byte of the response, retries included.</param>
/// <param name="Response">From the end of the request to the last byte of the response, of one attempt.</param>
/// <param name="Idle">Without a byte of either.</param>
internal readonly record struct TimeLimits(long Request, long Response, long Idle)
{
    public static TimeLimits None => default;

    public bool IsNone => Request == 0 && Response == 0 && Idle == 0;

    public static TimeLimits From(TrafficSettings? settings) =>
        settings is null ? None : new TimeLimits(settings.RequestTimeoutMs, settings.ResponseTimeoutMs, settings.IdleTimeoutMs);
}
