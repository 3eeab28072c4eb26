namespace Mesh.Proxy.Session;

/// <summary>How long to wait before trying again: doubling, at most <paramref name="maximum"/>, with jitter so that nodes spread.</summary>
internal sealed class Backoff(TimeSpan minimum, TimeSpan maximum)
{
    private int _failures;

    /// <summary>The next wait, between half of the current step and all of it.</summary>
    public TimeSpan Next()
    {
        var step = Math.Min(minimum.Ticks * Math.Pow(2, _failures), maximum.Ticks);
        _failures = Math.Min(_failures + 1, 30);
        return TimeSpan.FromTicks((long)(step * (0.5 + (Random.Shared.NextDouble() / 2))));
    }

    /// <summary>It worked: the next failure waits the minimum again.</summary>
    public void Reset() => _failures = 0;
}
