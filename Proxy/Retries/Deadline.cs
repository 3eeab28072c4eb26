namespace Mesh.Proxy.Retries;

/// <summary>Which of a request's time limits has passed.</summary>
internal enum Deadline
{
    None,

    /// <summary>Of one attempt: another endpoint may be asked.</summary>
    Attempt,

    /// <summary><see cref="TimeLimits.Request"/>.</summary>
    Request,

    /// <summary><see cref="TimeLimits.Response"/>.</summary>
    Response,

    /// <summary><see cref="TimeLimits.Idle"/>.</summary>
    Idle,
}
