namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// A moving average of latencies that follows a rise at once and forgets it over time (peak EWMA, as in Finagle and Linkerd). A mutable
/// struct: keep it in a field.
/// </summary>
internal struct PeakEwma
{
    /// <summary>What an endpoint is taken to cost before it has answered once; Linkerd's default.</summary>
    public const double DefaultMicroseconds = 30_000;

    // Linkerd's default decay.
    private const double DecayMicroseconds = 10_000_000;
    private double _cost;
    private long _updated;

    /// <summary>Whether a latency has been observed.</summary>
    public bool HasValue { get; private set; }

    /// <summary>Adds a latency that ended at <paramref name="now"/>; both in microseconds.</summary>
    public void Observe(long latency, long now)
    {
        if (!HasValue || latency > Cost(now))
        {
            _cost = latency;
        }
        else
        {
            var weight = Weight(now);
            _cost = _cost * weight + latency * (1 - weight);
        }
        HasValue = true;
        _updated = now;
    }

    /// <summary>The average as of <paramref name="now"/>: without news it fades, so that a once slow endpoint is tried again.</summary>
    public readonly double Cost(long now) => HasValue ? _cost * Weight(now) : DefaultMicroseconds;

    /// <summary>
    /// What one more request would cost on top of those in flight. One that has never been used and is not being tried costs nothing:
    /// otherwise a fast endpoint would keep the others from ever showing that they are fast too.
    /// </summary>
    public readonly double Load(int inFlight, long now) => !HasValue && inFlight == 0 ? 0 : (Cost(now) + 1) * (inFlight + 1);

    private readonly double Weight(long now) => Math.Exp(-Math.Max(0, now - _updated) / DecayMicroseconds);
}
