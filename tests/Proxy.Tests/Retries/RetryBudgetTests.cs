using Mesh.Proxy.Retries;

namespace Mesh.Proxy.Tests.Retries;

public sealed class RetryBudgetTests
{
    [Fact]
    public void TryWithdraw_WithoutRequests_AllowsTenASecondOverTenSeconds()
    {
        var budget = new RetryBudget();
        Assert.Equal(100, Withdraw(budget, 5_000, 1_000));
        Assert.Equal(0, Withdraw(budget, 14_999, 1_000));
        Assert.Equal(100, Withdraw(budget, 15_000, 1_000));
    }

    [Fact]
    public void TryWithdraw_AfterRequests_AllowsAFifthOfThemMore()
    {
        var budget = new RetryBudget();
        for (var i = 0; i < 1_000; i++)
        {
            budget.Deposit(500);
        }
        Assert.Equal(300, Withdraw(budget, 900, 10_000));
    }

    [Fact]
    public void TryWithdraw_OfRequestsLongAgo_ForgetsThem()
    {
        var budget = new RetryBudget();
        for (var i = 0; i < 1_000; i++)
        {
            budget.Deposit(0);
        }
        Assert.Equal(100, Withdraw(budget, 10_000, 10_000));
    }

    [Fact]
    public void TryWithdraw_UnderSteadyFailure_AddsAFifthAndTenASecond()
    {
        var budget = new RetryBudget();
        var retries = 0;
        for (var now = 0L; now < 100_000; now++)
        {
            budget.Deposit(now);
            retries += budget.TryWithdraw(now) ? 1 : 0;
        }
        // A thousand requests a second for a hundred seconds, all failing.
        Assert.InRange(retries, 20_000, 21_200);
    }

    [Fact]
    public void TryWithdraw_AfterALongPause_StartsAnew()
    {
        var budget = new RetryBudget();
        Assert.Equal(100, Withdraw(budget, 0, 1_000));
        Assert.Equal(100, Withdraw(budget, long.MaxValue / 2, 1_000));
    }

    private static int Withdraw(RetryBudget budget, long now, int attempts)
    {
        var granted = 0;
        for (var i = 0; i < attempts; i++)
        {
            granted += budget.TryWithdraw(now) ? 1 : 0;
        }
        return granted;
    }
}
