using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Retries;

namespace Mesh.Proxy.Tests.Retries;

public sealed class RetryRuleTests
{
    [Fact]
    public void From_OfNothing_IsNoRule()
    {
        Assert.Null(RetryRule.From(null));
        Assert.Null(RetryRule.From(new RetryPolicy()));
    }

    [Fact]
    public void From_WithConditionsOnly_RetriesOnce()
    {
        var rule = RetryRule.From(new RetryPolicy { Http = { new StatusRange { First = 502, Last = 504 } } })!;
        Assert.Equal(1, rule.Limit);
        Assert.Equal(0, rule.AttemptTimeout);
        Assert.False(rule.HasGrpc);
    }

    [Theory]
    [InlineData(501, false)]
    [InlineData(502, true)]
    [InlineData(504, true)]
    [InlineData(505, false)]
    [InlineData(429, true)]
    [InlineData(200, false)]
    [InlineData(0, false)]
    [InlineData(99_999, false)]
    public void Matches_OfAStatus_LooksAtTheRanges(int status, bool expected)
    {
        var rule = RetryRule.From(new RetryPolicy
        {
            Http = { new StatusRange { First = 502, Last = 504 }, new StatusRange { First = 429, Last = 429 } },
        })!;
        Assert.Equal(expected, rule.Matches(status));
    }

    [Fact]
    public void Matches_OfAWildRange_IsLimitedToStatuses()
    {
        var rule = RetryRule.From(new RetryPolicy { Http = { new StatusRange { First = 0, Last = uint.MaxValue } } })!;
        Assert.True(rule.Matches(100));
        Assert.True(rule.Matches(599));
        Assert.False(rule.Matches(600));
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(4, true)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    [InlineData(46, false)]
    public void MatchesGrpc_OfAStatus_LooksAtTheList(int status, bool expected)
    {
        var rule = RetryRule.From(new RetryPolicy { Grpc = { 14, 4, 40 } })!;
        Assert.Equal(expected, rule.MatchesGrpc(status));
        Assert.True(rule.HasGrpc);
        Assert.False(rule.Matches(503));
    }
}
