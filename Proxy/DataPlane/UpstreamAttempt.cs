namespace Mesh.Proxy.DataPlane;

/// <summary>Why an upstream connection is looked for.</summary>
internal enum UpstreamAttempt
{
    First,

    /// <summary>The connect before this one failed; nothing has been sent.</summary>
    AfterFailure,

    /// <summary>A pooled connection had been closed by the other side; the request is sent again on a new one.</summary>
    AfterStale,

    /// <summary>The answer was not good enough; <see cref="Exchange.TryRetry"/> has chosen the next endpoint.</summary>
    Retry,
}
