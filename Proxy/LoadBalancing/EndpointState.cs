using Mesh.Proxy.DataPlane;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>What one loop knows of one endpoint from using it for one client pod and destination.</summary>
internal sealed class EndpointState(EndpointModel model)
{
    private const long FirstPenalty = 500;
    private const long LongestPenalty = 10_000;
    private PeakEwma _latency;
    private CircuitBreaker _breaker;

    /// <summary>As last published.</summary>
    public EndpointModel Model { get; set; } = model;

    /// <summary>Not among the destination's endpoints any more: finish what runs, start nothing.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Near the client, see <see cref="EndpointPreference"/>.</summary>
    public bool IsNear { get; set; }

    /// <summary>Requests, or opaque connections, using it now.</summary>
    public int InFlight { get; set; }

    /// <summary>Failed connects in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>Unattractive until then (loop milliseconds).</summary>
    public long UnattractiveUntil { get; private set; }

    /// <summary>When it was last tried while failing.</summary>
    public long LastTrial { get; private set; } = long.MinValue / 2;

    /// <summary>Of the request picked last: what <see cref="EndpointBalancer.Report"/> wants to be given when it has ended.</summary>
    public int Era => _breaker.Era;

    /// <summary>Out of use after failures in a row, whether or not its time for probation has come.</summary>
    public bool IsOut => _breaker.IsOut;

    /// <summary>When the penalty of one that is out ends, loop milliseconds.</summary>
    public long OutUntil => _breaker.OutUntil;

    /// <summary>Whatever the owner keeps with the endpoint (its connection pool).</summary>
    public object? Attachment { get; set; }

    /// <summary>Whether the endpoint is worth a request.</summary>
    public bool IsUsable(long now) => UnattractiveUntil <= now && _breaker.Allows(now);

    /// <summary>Whether an endpoint that cannot be connected to may be tried all the same.</summary>
    public bool MayBeTried(long now, long interval) => now - LastTrial >= interval && _breaker.Allows(now);

    public void Succeeded(long latencyMicroseconds, long nowMicroseconds)
    {
        _latency.Observe(latencyMicroseconds, nowMicroseconds);
        Failures = 0;
        UnattractiveUntil = 0;
    }

    /// <summary>It has not answered for this long: others are to be preferred, as if it had answered by now.</summary>
    public void Observe(long latencyMicroseconds, long nowMicroseconds) => _latency.Observe(latencyMicroseconds, nowMicroseconds);

    /// <summary>A connect or handshake failed, or a connection broke without an answer.</summary>
    public void Failed(long now)
    {
        var penalty = Math.Min(LongestPenalty, FirstPenalty << Math.Min(Failures, 5));
        Failures++;
        UnattractiveUntil = now + penalty;
        LastTrial = now;
    }

    /// <summary>
    /// It has been picked. Of a failing endpoint this claims the one attempt that finds out whether it is back; others go elsewhere
    /// meanwhile.
    /// </summary>
    public void Picked(long now)
    {
        if (Failures > 0)
        {
            LastTrial = now;
            UnattractiveUntil = now + FirstPenalty + FirstPenalty;
        }
        _breaker.Begin(now);
    }

    /// <inheritdoc cref="CircuitBreaker.Record"/>
    public void Record(int era, bool failed, CircuitBreakerPolicy policy, long now, double chance) =>
        _breaker.Record(era, failed, policy, now, chance);

    /// <inheritdoc cref="CircuitBreaker.Abandon"/>
    public void Abandon(int era) => _breaker.Abandon(era);

    /// <summary>Nobody is taken out any more.</summary>
    public void ResetBreaker() => _breaker.Reset();

    /// <summary>What one more request would cost, see <see cref="PeakEwma.Load"/>.</summary>
    public double Load(long nowMicroseconds) => _latency.Load(InFlight, nowMicroseconds);

    /// <summary>The latency to expect, microseconds; null: it has never been used.</summary>
    public double? Cost(long nowMicroseconds) => _latency.HasValue ? _latency.Cost(nowMicroseconds) : null;
}
