using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Session;

/// <summary>
/// Which destinations this node wants to be told about: those its pods connect to, and for ten minutes after. Thread-safe. Changes are
/// coalesced until the session takes them; a new session says everything in its hello.
/// </summary>
internal sealed class DestinationDemand(TimeProvider time)
{
    /// <summary>How long a destination stays in demand after its last use; then the silo need not watch it for us.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<SocketEndpoint, long> _lastUse = [];
    private readonly HashSet<SocketEndpoint> _added = [];
    private readonly HashSet<SocketEndpoint> _removed = [];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>How many.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lastUse.Count;
            }
        }
    }

    /// <summary>A pod uses the address. Called on the data plane's loops.</summary>
    public void Use(SocketEndpoint address)
    {
        lock (_lock)
        {
            if (_lastUse.TryAdd(address, time.GetTimestamp()))
            {
                _removed.Remove(address);
                _added.Add(address);
                _changed.TrySetResult();
            }
            else
            {
                _lastUse[address] = time.GetTimestamp();
            }
        }
    }

    /// <summary>Takes note of what the data plane says is in use.</summary>
    public void Refresh(IReadOnlyCollection<DestinationUse> uses)
    {
        foreach (var use in uses)
        {
            if (use.OpenConnections > 0 || use.Idle < Idle)
            {
                Use(use.Address);
            }
        }
    }

    /// <summary>Gives up what has not been used for long.</summary>
    /// <returns>What was given up.</returns>
    public IReadOnlyList<SocketAddress> Expire()
    {
        lock (_lock)
        {
            var idle = _lastUse.Where(pair => time.GetElapsedTime(pair.Value) >= Idle).Select(pair => pair.Key).ToList();
            foreach (var address in idle)
            {
                _lastUse.Remove(address);
                if (!_added.Remove(address))
                {
                    _removed.Add(address);
                }
            }
            if (idle.Count > 0)
            {
                _changed.TrySetResult();
            }
            return [.. idle.Select(ToMessage)];
        }
    }

    /// <summary>Everything in demand; what has not been taken by <see cref="TakeAsync"/> is in it too, and not told again.</summary>
    public IReadOnlyList<SocketAddress> TakeAll()
    {
        lock (_lock)
        {
            _added.Clear();
            _removed.Clear();
            return [.. _lastUse.Keys.Select(ToMessage)];
        }
    }

    /// <summary>Waits for changes and takes them. One caller at a time.</summary>
    public async Task<Demand> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_added.Count + _removed.Count > 0)
                {
                    var demand = new Demand { Add = { _added.Select(ToMessage) }, Remove = { _removed.Select(ToMessage) } };
                    _added.Clear();
                    _removed.Clear();
                    return demand;
                }
                if (_changed.Task.IsCompleted)
                {
                    _changed = NewSignal();
                }
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    private static SocketAddress ToMessage(SocketEndpoint address) => new() { Ip = address.Ip.ToString(), Port = address.Port };

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
