namespace Mesh.Proxy.Reactor;

/// <summary>
/// One time limit of one owner, reused for its whole life. Moving the limit later costs a store: the timer stays where it is in the
/// wheel and looks again when its old time comes.
/// </summary>
internal sealed class LoopTimer(ITimerTarget target)
{
    /// <summary>When it fires, in the loop's milliseconds; <see cref="long.MaxValue"/>: not set.</summary>
    public long Deadline { get; internal set; } = long.MaxValue;

    internal ITimerTarget Target { get; } = target;

    /// <summary>Where it stands in the wheel, at or before <see cref="Deadline"/>; -1: not in the wheel.</summary>
    internal long ScheduledAt { get; set; } = -1;

    internal LoopTimer? Previous { get; set; }

    internal LoopTimer? Next { get; set; }
}
