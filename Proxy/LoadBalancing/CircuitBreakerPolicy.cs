using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// When an endpoint is taken out of use for failing, and for how long (annotations <c>balancer.linkerd.io/failure-accrual*</c>).
/// </summary>
/// <param name="MaxFailures">Failures in a row that take it out.</param>
/// <param name="MinPenalty">How long at first, milliseconds.</param>
/// <param name="MaxPenalty">How long at most: each failed probation doubles the penalty up to this.</param>
/// <param name="JitterRatio">By up to this share of it a penalty is prolonged, so that clients do not return all at once.</param>
internal sealed record CircuitBreakerPolicy(int MaxFailures, long MinPenalty, long MaxPenalty, double JitterRatio)
{
    /// <summary>What the control plane sent; values that make no sense are brought to Linkerd's defaults (7, 1 s, 1 min).</summary>
    /// <returns>Null: endpoints are not taken out for failing.</returns>
    public static CircuitBreakerPolicy? From(FailureAccrual? accrual)
    {
        if (accrual is null)
        {
            return null;
        }
        var minimum = accrual.MinPenaltyMs > 0 ? accrual.MinPenaltyMs : 1_000;
        var maximum = accrual.MaxPenaltyMs > 0 ? accrual.MaxPenaltyMs : 60_000;
        return new CircuitBreakerPolicy(
            accrual.MaxFailures is > 0 and <= int.MaxValue ? (int)accrual.MaxFailures : 7,
            minimum,
            Math.Max(minimum, maximum),
            double.IsFinite(accrual.JitterRatio) ? Math.Clamp(accrual.JitterRatio, 0, 100) : 0);
    }
}
