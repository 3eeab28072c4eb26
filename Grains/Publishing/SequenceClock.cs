namespace Mesh.Grains.Publishing;

/// <summary>
/// Numbers the changes an activation sees. Taken from the clock, so that a later activation's numbers are higher as well.
/// </summary>
internal sealed class SequenceClock(TimeProvider time)
{
    private long _last;

    public long Next() => _last = Math.Max(_last + 1, time.GetUtcNow().UtcTicks);
}
