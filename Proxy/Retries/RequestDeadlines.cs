using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Retries;

/// <summary>
/// Until when a request may do what it does, in loop milliseconds. Whoever carries the request says what has happened, sets a timer to
/// <see cref="Next"/>, and asks <see cref="Passed"/> when it fires. A mutable struct: keep it in a field.
/// </summary>
internal struct RequestDeadlines
{
    private const long Never = long.MaxValue;
    private RouteSettings _settings;
    private long _idle;
    private long _requestBy;
    private long _responseBy;
    private long _attemptBy;
    private long _idleBy;

    /// <summary>Whether there are any; nothing else makes sense if not.</summary>
    public bool AreSet { get; private set; }

    /// <summary>When the first of them passes.</summary>
    public readonly long Next => Math.Min(Math.Min(_requestBy, _responseBy), Math.Min(_attemptBy, _idleBy));

    /// <summary>A request begins.</summary>
    /// <param name="settings">Its route's.</param>
    /// <param name="now">Loop milliseconds.</param>
    /// <param name="idle">The limit of silence where the route has none, milliseconds.</param>
    public void Start(RouteSettings settings, long now, long idle)
    {
        AreSet = !settings.Limits.IsNone || settings.Retry is { AttemptTimeout: > 0 };
        _settings = settings;
        _idle = settings.Limits.Idle > 0 ? settings.Limits.Idle : idle;
        _requestBy = After(settings.Limits.Request, now);
        _responseBy = _attemptBy = Never;
        Move(now);
    }

    /// <summary>Bytes have moved.</summary>
    public void Move(long now) => _idleBy = After(_idle, now);

    /// <summary>All of the request has been sent.</summary>
    /// <param name="mayRetry">Whether another attempt can follow. The last one has no limit of its own: there is nobody else to ask.</param>
    /// <param name="now">Loop milliseconds.</param>
    public void RequestSent(bool mayRetry, long now)
    {
        _responseBy = After(_settings.Limits.Response, now);
        _attemptBy = mayRetry && _settings.Retry is { } rule ? After(rule.AttemptTimeout, now) : Never;
        Move(now);
    }

    /// <summary>The attempt has been answered, or goes on without a limit of its own.</summary>
    public void EndAttempt() => _attemptBy = Never;

    /// <summary>The request is to be sent once more.</summary>
    public void Rewind() => _responseBy = _attemptBy = Never;

    /// <summary>The request is over.</summary>
    public void End() => AreSet = false;

    /// <summary>The limit that has passed; one that ends the request before one that leads to another attempt.</summary>
    public readonly Deadline Passed(long now) =>
        now >= _requestBy ? Deadline.Request
        : now >= _responseBy ? Deadline.Response
        : now >= _idleBy ? Deadline.Idle
        : now >= _attemptBy ? Deadline.Attempt
        : Deadline.None;

    /// <summary>What to tell the client.</summary>
    public readonly string Describe(Deadline deadline) => deadline switch
    {
        Deadline.Request => $"request timed out: it may take {_settings.Limits.Request} ms",
        Deadline.Response => $"request timed out: the response may take {_settings.Limits.Response} ms",
        _ => $"request timed out: nothing may be silent for more than {_idle} ms",
    };

    private static long After(long milliseconds, long now) => milliseconds > 0 ? now + milliseconds : Never;
}
