namespace Mesh.Proxy.Retries;

/// <summary>
/// How many retries a destination may get, so that a failing service is not drowned by its clients' second attempts: within any ten seconds
/// a fifth of the requests, plus ten a second for those who send few. These are the numbers of Linkerd's and Finagle's retry budgets. Used
/// on one loop; allocates once.
/// </summary>
internal sealed class RetryBudget
{
    // In units of a request; a retry costs five, so that a fifth of the requests may be retried.
    private const int RetryCost = 5;
    private const int Seconds = 10;
    private const int RetriesPerSecond = 10;
    private const int Reserve = RetriesPerSecond * Seconds * RetryCost;
    private readonly int[] _slots = new int[Seconds];
    private long _second;
    private int _sum;

    /// <summary>A request of a client began.</summary>
    /// <param name="now">Loop milliseconds.</param>
    public void Deposit(long now)
    {
        Forget(now);
        Add(1);
    }

    /// <summary>Asks for a retry.</summary>
    /// <param name="now">Loop milliseconds.</param>
    /// <returns>False: there have been too many of late.</returns>
    public bool TryWithdraw(long now)
    {
        Forget(now);
        if (_sum + Reserve < RetryCost)
        {
            return false;
        }
        Add(-RetryCost);
        return true;
    }

    private void Add(int amount)
    {
        _slots[_second % Seconds] += amount;
        _sum += amount;
    }

    private void Forget(long now)
    {
        var second = now / 1000;
        if (second - _second >= Seconds)
        {
            Array.Clear(_slots);
            _sum = 0;
            _second = second;
        }
        while (_second < second)
        {
            _second++;
            _sum -= _slots[_second % Seconds];
            _slots[_second % Seconds] = 0;
        }
    }
}
