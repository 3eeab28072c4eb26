namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Takes one endpoint out of use after too many failures in a row. Once its penalty is over, a single request decides (probation): success
/// brings it back, failure doubles the penalty. The rules are those of Linkerd's consecutive failure accrual. A mutable struct: keep it in
/// a field.
/// </summary>
internal struct CircuitBreaker
{
    private int _failures;
    private long _penalty;
    private long _probationUntil;
    private bool _probing;

    /// <summary>
    /// Changes whenever earlier requests stop counting: what was under way when the endpoint was taken out must not decide about its
    /// return.
    /// </summary>
    public int Era { get; private set; }

    /// <summary>When the penalty ends, in loop milliseconds; 0: the endpoint is in use.</summary>
    public long OutUntil { get; private set; }

    public readonly bool IsOut => OutUntil != 0;

    /// <summary>Whether a request may go to the endpoint: it is in use, or it is time for probation.</summary>
    public readonly bool Allows(long now) => !IsOut || (now >= OutUntil && (!_probing || now >= _probationUntil));

    /// <summary>A request goes to the endpoint. Of one that is out it is the one that decides.</summary>
    /// <returns>To be given to <see cref="Record"/> or <see cref="Abandon"/>.</returns>
    public int Begin(long now)
    {
        if (IsOut)
        {
            // A stream may last for hours before it says how it went: after another penalty somebody else may try.
            _probing = true;
            _probationUntil = now + _penalty;
            Era++;
        }
        return Era;
    }

    /// <summary>The request ended.</summary>
    /// <param name="era">From <see cref="Begin"/>.</param>
    /// <param name="failed">Whether that speaks against the endpoint.</param>
    /// <param name="policy">The destination's.</param>
    /// <param name="now">Loop milliseconds.</param>
    /// <param name="chance">From 0 to 1, for the jitter.</param>
    public void Record(int era, bool failed, CircuitBreakerPolicy policy, long now, double chance)
    {
        if (era != Era)
        {
            return;
        }
        if (!failed)
        {
            _failures = 0;
            _probing = false;
            OutUntil = 0;
        }
        else if (_probing)
        {
            TakeOut(Math.Min(policy.MaxPenalty, _penalty * 2), policy, now, chance);
        }
        else if (!IsOut && ++_failures >= policy.MaxFailures)
        {
            TakeOut(policy.MinPenalty, policy, now, chance);
        }
    }

    /// <summary>The request ended without telling anything about the endpoint: if it was to decide, another one will.</summary>
    public void Abandon(int era)
    {
        if (era == Era)
        {
            _probing = false;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        _failures = 0;
        _probing = false;
        OutUntil = 0;
        Era++;
    }

    private void TakeOut(long penalty, CircuitBreakerPolicy policy, long now, double chance)
    {
        _failures = 0;
        _probing = false;
        _penalty = penalty;
        OutUntil = Math.Max(1, now + penalty + (long)(penalty * policy.JitterRatio * chance));
        Era++;
    }
}
