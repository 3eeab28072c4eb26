using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class CircuitBreakerTests
{
    private static readonly CircuitBreakerPolicy Policy = new(3, 1_000, 4_000, 0);
    private CircuitBreaker _breaker;

    [Fact]
    public void Record_OfFailuresInARow_TakesOut()
    {
        Fail(0, 2);
        Assert.True(_breaker.Allows(0));
        Fail(0, 1);
        Assert.False(_breaker.Allows(999));
        Assert.True(_breaker.Allows(1_000));
    }

    [Fact]
    public void Record_OfASuccessBetweenFailures_CountsFromTheBeginning()
    {
        for (var i = 0; i < 10; i++)
        {
            Fail(0, 2);
            _breaker.Record(_breaker.Begin(0), false, Policy, 0, 0);
        }
        Assert.False(_breaker.IsOut);
    }

    [Fact]
    public void Begin_InProbation_LetsOneRequestDecide()
    {
        Fail(0, 3);
        var era = _breaker.Begin(1_000);
        Assert.False(_breaker.Allows(1_500));
        _breaker.Record(era, false, Policy, 1_500, 0);
        Assert.True(_breaker.Allows(1_500));
        Assert.False(_breaker.IsOut);
        Fail(1_500, 2);
        Assert.True(_breaker.Allows(1_500));
    }

    [Fact]
    public void Record_OfFailedProbations_DoublesThePenaltyUpToTheLimit()
    {
        Fail(0, 3);
        var now = 1_000L;
        foreach (var penalty in new[] { 2_000, 4_000, 4_000, 4_000 })
        {
            Assert.True(_breaker.Allows(now));
            _breaker.Record(_breaker.Begin(now), true, Policy, now, 0);
            Assert.False(_breaker.Allows(now + penalty - 1));
            now += penalty;
        }
        _breaker.Record(_breaker.Begin(now), false, Policy, now, 0);
        Fail(now, 3);
        Assert.True(_breaker.Allows(now + 1_000));
    }

    [Fact]
    public void Record_OfRequestsFromBefore_DoesNotDecide()
    {
        var early = _breaker.Begin(0);
        Fail(0, 3);
        _breaker.Record(early, false, Policy, 500, 0);
        Assert.False(_breaker.Allows(500));
        var probe = _breaker.Begin(1_000);
        _breaker.Record(early, false, Policy, 1_100, 0);
        Assert.True(_breaker.IsOut);
        _breaker.Record(probe, true, Policy, 1_200, 0);
        _breaker.Record(probe, false, Policy, 1_300, 0);
        Assert.True(_breaker.IsOut);
    }

    [Fact]
    public void Abandon_OfTheProbation_LetsAnotherRequestDecide()
    {
        Fail(0, 3);
        var probe = _breaker.Begin(1_000);
        _breaker.Abandon(probe - 1);
        Assert.False(_breaker.Allows(1_001));
        _breaker.Abandon(probe);
        Assert.True(_breaker.Allows(1_001));
        Assert.True(_breaker.IsOut);
    }

    [Fact]
    public void Allows_WhileAProbationLastsVeryLong_LetsAnotherRequestDecide()
    {
        Fail(0, 3);
        var endless = _breaker.Begin(1_000);
        Assert.False(_breaker.Allows(1_999));
        Assert.True(_breaker.Allows(2_000));
        var second = _breaker.Begin(2_000);
        _breaker.Record(endless, true, Policy, 2_100, 0);
        Assert.False(_breaker.Allows(2_200));
        _breaker.Record(second, false, Policy, 2_300, 0);
        Assert.False(_breaker.IsOut);
    }

    [Fact]
    public void Record_WithJitter_ProlongsByUpToItsShare()
    {
        var policy = Policy with { JitterRatio = 0.5 };
        for (var i = 0; i < 3; i++)
        {
            _breaker.Record(_breaker.Begin(0), true, policy, 0, 0.5);
        }
        Assert.Equal(1_250, _breaker.OutUntil);
    }

    [Fact]
    public void From_OfNonsense_IsLinkerdsDefaults()
    {
        Assert.Null(CircuitBreakerPolicy.From(null));
        Assert.Equal(
            new CircuitBreakerPolicy(7, 1_000, 60_000, 0), CircuitBreakerPolicy.From(new FailureAccrual { JitterRatio = double.NaN }));
        Assert.Equal(
            new CircuitBreakerPolicy(2, 5_000, 5_000, 100),
            CircuitBreakerPolicy.From(new FailureAccrual { MaxFailures = 2, MinPenaltyMs = 5_000, MaxPenaltyMs = 10, JitterRatio = 1e9 }));
    }

    private void Fail(long now, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.Record(_breaker.Begin(now), true, Policy, now, 0);
        }
    }
}
