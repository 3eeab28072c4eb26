using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Retries;

namespace Mesh.Proxy.DataPlane;

/// <summary>What one loop keeps for one destination of one pod: balancer, retry budget, and per endpoint the pool and the series.</summary>
internal sealed class OutboundBinding(PodRuntime pod, DataPlaneOptions options, ulong seed)
{
    private readonly EndpointBalancer _balancer = new(seed);
    private DataPlaneSnapshot? _snapshot;
    private Series? _withoutEndpoint;

    /// <summary>Null: the control plane does not know the destination.</summary>
    public DestinationModel? Destination { get; private set; }

    public EndpointListModel Endpoints { get; private set; } = EndpointListModel.Empty;

    public EndpointBalancer Balancer => _balancer;

    /// <summary>How many retries the destination may get.</summary>
    public RetryBudget Retries { get; } = new();

    public int OpenConnections { get; set; }

    public long LastUsed { get; set; }

    /// <summary>What the last failed connect was about; for the answer when nothing is left to try.</summary>
    public string LastFailure { get; set; } = "";

    /// <summary>Takes over what <paramref name="snapshot"/> says of <paramref name="address"/>. Costs a comparison when nothing is new.</summary>
    public void Refresh(DataPlaneSnapshot snapshot, Reactor.SocketEndpoint address)
    {
        if (ReferenceEquals(snapshot, _snapshot))
        {
            return;
        }
        _snapshot = snapshot;
        // A destination that is not known any more keeps what was known: only what is positively gone is gone.
        if (snapshot.Destination(address) is { } destination)
        {
            if (Destination is not null && (destination.Service != Destination.Service || destination.Namespace != Destination.Namespace))
            {
                _withoutEndpoint = null;
                foreach (var endpoint in _balancer.Endpoints)
                {
                    endpoint.Attachment = null;
                }
            }
            if (Destination is not null && !ReferenceEquals(destination.Routes, Destination.Routes))
            {
                foreach (var endpoint in _balancer.Endpoints)
                {
                    (endpoint.Attachment as EndpointResources)?.ForgetRoutes();
                }
            }
            Destination = destination;
        }
        if (Destination is null)
        {
            return;
        }
        var old = _balancer.Endpoints;
        Endpoints = snapshot.Endpoints(Destination);
        var zone = snapshot.Pod(pod.Pod.Uid)?.Zone ?? "";
        var preference = new EndpointPreference(new Locality(options.Cluster, options.Node, zone), Destination.Distribution);
        if (_balancer.Apply(Endpoints, preference, Destination.CircuitBreaker))
        {
            foreach (var endpoint in old)
            {
                if ((endpoint.IsRemoved || !endpoint.Model.Ready) && endpoint.Attachment is EndpointResources resources)
                {
                    resources.Pool.CloseAll();
                    resources.Pool.Sessions.Retire();
                }
            }
        }
    }

    public EndpointResources Resources(EndpointState endpoint, ProxyLoop loop)
    {
        if (endpoint.Attachment is EndpointResources resources)
        {
            return resources;
        }
        var model = endpoint.Model;
        resources = new EndpointResources(pod.Pool(model.Address, model.Identity), Key(loop, model));
        endpoint.Attachment = resources;
        return resources;
    }

    /// <summary>The series of requests that never reached an endpoint, and of destinations that have none.</summary>
    public Series WithoutEndpoint(ProxyLoop loop)
    {
        if (_withoutEndpoint is null or { IsRetired: true })
        {
            _withoutEndpoint = loop.Metrics.Find(Key(loop, null));
        }
        return _withoutEndpoint;
    }

    private SeriesKey Key(ProxyLoop loop, EndpointModel? endpoint)
    {
        var model = loop.Snapshot.Pod(pod.Pod.Uid);
        return new SeriesKey
        {
            Direction = TrafficSeries.Types.Direction.Outbound,
            Namespace = pod.Pod.Namespace,
            Pod = pod.Pod.Name,
            OwnerKind = model?.OwnerKind ?? "",
            OwnerName = model?.OwnerName ?? "",
            PeerIdentity = endpoint?.Identity ?? "",
            PeerCluster = endpoint?.Cluster ?? "",
            PeerNamespace = endpoint?.Namespace ?? "",
            PeerOwnerKind = endpoint?.OwnerKind ?? "",
            PeerOwner = endpoint?.OwnerName ?? "",
            ServiceNamespace = Destination?.Namespace ?? "",
            Service = Destination?.Service ?? "",
            Tls = endpoint?.Identity.Length > 0,
        };
    }
}
