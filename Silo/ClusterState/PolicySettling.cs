namespace Mesh.Silo.ClusterState;

/// <summary>
/// Holds back changes of policy until none has come for a moment, then lets them through in the order they came. `kubectl apply` writes a
/// Server, the policy that admits clients to it, and the authentication that names them one after another; taken one by one, the first
/// would refuse everybody until the last is there. Withdrawing access waits as long as granting it.
/// </summary>
internal sealed class PolicySettling : IDisposable
{
    /// <summary>Longer than `kubectl apply` takes from one object to the next, short enough for a person not to notice.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(300);

    /// <summary>The longest that changes without end can hold back the first of them.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly Func<bool> _settles;
    private readonly Lock _lock = new();
    private readonly List<Action> _held = [];
    private readonly ITimer _timer;
    private long _first;

    /// <param name="time">The clock.</param>
    /// <param name="settles">False while the first lists come in: what was there before is taken at once.</param>
    public PolicySettling(TimeProvider time, Func<bool> settles)
    {
        _time = time;
        _settles = settles;
        _timer = time.CreateTimer(_ => Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <param name="change">Runs later on a timer's thread, or now; never beside another change.</param>
    public void Take(Action change)
    {
        lock (_lock)
        {
            if (_held.Count == 0 && !_settles())
            {
                change();
                return;
            }
            if (_held.Count == 0)
            {
                _first = _time.GetTimestamp();
            }
            _held.Add(change);
            var left = Longest - _time.GetElapsedTime(_first);
            _timer.Change(left < Quiet ? (left > TimeSpan.Zero ? left : TimeSpan.Zero) : Quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Release()
    {
        lock (_lock)
        {
            foreach (var change in _held)
            {
                change();
            }
            _held.Clear();
        }
    }
}
