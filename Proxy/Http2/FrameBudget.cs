namespace Mesh.Proxy.Http2;

/// <summary>A token bucket: so many at once, then so many a second. A mutable struct: keep it in a field.</summary>
internal struct FrameBudget(int burst, int perSecond)
{
    private double _left = burst;
    private long _updated;

    /// <param name="now">Loop milliseconds.</param>
    /// <returns>False when there is none left.</returns>
    public bool TrySpend(long now)
    {
        _left = Math.Min(burst, _left + ((now - _updated) * perSecond / 1000.0));
        _updated = now;
        if (_left < 1)
        {
            return false;
        }
        _left--;
        return true;
    }
}
