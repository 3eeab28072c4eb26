namespace Mesh.Grains.Resilience;

/// <summary>Time limits in milliseconds; 0: none.</summary>
/// <param name="Request">The whole exchange.</param>
/// <param name="Response">From the end of the request to the head of the response.</param>
/// <param name="Idle">Without a byte either way.</param>
internal readonly record struct TimeLimits(uint Request, uint Response, uint Idle)
{
    public bool IsEmpty => this == default;

    /// <returns>Null when no annotation says anything of time limits.</returns>
    public static TimeLimits? Read(AnnotationReader annotations)
    {
        var request = annotations.Duration(ResilienceAnnotations.RequestTimeout);
        var response = annotations.Duration(ResilienceAnnotations.ResponseTimeout);
        var idle = annotations.Duration(ResilienceAnnotations.IdleTimeout);
        return request is null && response is null && idle is null ? null : new TimeLimits(request ?? 0, response ?? 0, idle ?? 0);
    }
}
