namespace Mesh.Sandbox.Node;

/// <summary>
/// When a container that ended starts again: at once the first time, then after 1, 2, 4 … seconds, at most 5 minutes. A kubelet begins with
/// 10 seconds; a sandbox is for people who watch.
/// </summary>
internal sealed class RestartBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>A container that ran this long starts over with a clean record.</summary>
    public static TimeSpan Forgiven { get; } = TimeSpan.FromSeconds(30);

    private TimeSpan _next = TimeSpan.Zero;

    /// <summary>How long to wait now, given how long the container ran.</summary>
    public TimeSpan Next(TimeSpan ran)
    {
        if (ran >= Forgiven)
        {
            _next = TimeSpan.Zero;
        }
        var delay = _next;
        _next = delay == TimeSpan.Zero ? First : delay * 2 < Longest ? delay * 2 : Longest;
        return delay;
    }
}
