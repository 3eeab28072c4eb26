using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>What one loop keeps for one enrolled pod.</summary>
internal sealed class PodRuntime(EnrolledPod pod, DataPlaneOptions options)
{
    private readonly Dictionary<(SocketEndpoint Address, string Identity), UpstreamPool> _pools = [];
    private readonly Dictionary<(SocketEndpoint Address, IpValue? Source), UpstreamPool> _applications = [];
    private readonly Dictionary<SocketEndpoint, OutboundBinding> _bindings = [];

    public EnrolledPod Pod { get; } = pod;

    /// <summary>The pod's client connections, both directions.</summary>
    public HashSet<DownstreamConnection> Connections { get; } = [];

    public List<Listener> Listeners { get; } = [];

    /// <summary>The pod's processes have ended; what they said last is still passed on.</summary>
    public bool IsEnding => Ended is not null;

    /// <summary>To be completed when no connection is left; null while the pod runs.</summary>
    public TaskCompletionSource? Ended { get; set; }

    /// <summary>Whether the log says already that clients' addresses are not kept.</summary>
    public bool IsLostSourceLogged { get; set; }

    public UpstreamPool Pool(SocketEndpoint address, string identity)
    {
        if (!_pools.TryGetValue((address, identity), out var pool))
        {
            pool = new UpstreamPool(options.MaxIdlePerEndpoint, options.PoolIdleTimeout, options.SocketMark);
            _pools.Add((address, identity), pool);
        }
        return pool;
    }

    /// <summary>Connections to the pod's own application, made from <paramref name="source"/> or, when null, from the pod's address.</summary>
    public UpstreamPool ApplicationPool(SocketEndpoint address, IpValue? source)
    {
        if (!_applications.TryGetValue((address, source), out var pool))
        {
            var idle = source is null ? options.PoolIdleTimeout : options.ClientAddressIdleTimeout;
            pool = new UpstreamPool(options.MaxIdlePerEndpoint, idle, options.ApplicationMark, source);
            _applications.Add((address, source), pool);
        }
        return pool;
    }

    public OutboundBinding Binding(SocketEndpoint destination)
    {
        if (!_bindings.TryGetValue(destination, out var binding))
        {
            binding = new OutboundBinding(this, options, (ulong)destination.GetHashCode() * 0x9E3779B97F4A7C15);
            _bindings.Add(destination, binding);
        }
        return binding;
    }

    /// <summary>Takes over a new snapshot: connections that rest at endpoints which are gone are closed at once.</summary>
    public void Refresh(DataPlaneSnapshot snapshot)
    {
        foreach (var (address, binding) in _bindings)
        {
            binding.Refresh(snapshot, address);
        }
    }

    /// <summary>Forgets destinations nobody has used since <paramref name="idleSince"/>, and empty pools.</summary>
    public void Sweep(long idleSince)
    {
        foreach (var (address, binding) in _bindings)
        {
            if (binding.OpenConnections == 0 && binding.LastUsed < idleSince)
            {
                _bindings.Remove(address);
            }
        }
        foreach (var (key, pool) in _applications)
        {
            if (pool.IsEmpty)
            {
                _applications.Remove(key);
            }
        }
        // An endpoint's state may still point at its pool; it works on without being found here again.
        if (_bindings.Count == 0)
        {
            foreach (var (key, pool) in _pools)
            {
                if (pool.IsEmpty)
                {
                    _pools.Remove(key);
                }
            }
        }
    }

    /// <summary>Closes what nobody uses; shared connections as soon as nobody uses them.</summary>
    public void CloseIdle()
    {
        foreach (var pool in _pools.Values.Concat(_applications.Values))
        {
            pool.CloseAll();
            pool.Sessions.Retire();
        }
    }

    /// <summary>Closes the shared connections: the pod is gone.</summary>
    public void CloseSessions()
    {
        foreach (var pool in _pools.Values.Concat(_applications.Values))
        {
            pool.Sessions.CloseAll("the pod is gone");
        }
    }
}
