using Mesh.Interfaces.NodeSession;

namespace Mesh.Proxy.Metrics;

/// <summary>The labels of one series. Every value comes from the control plane or a verified certificate, never from bytes on the wire.</summary>
internal sealed record SeriesKey
{
    public required TrafficSeries.Types.Direction Direction { get; init; }

    public string Namespace { get; init; } = "";

    public string Pod { get; init; } = "";

    public string OwnerKind { get; init; } = "";

    public string OwnerName { get; init; } = "";

    public string PeerIdentity { get; init; } = "";

    public string PeerCluster { get; init; } = "";

    public string PeerNamespace { get; init; } = "";

    public string PeerOwnerKind { get; init; } = "";

    public string PeerOwner { get; init; } = "";

    public string ServiceNamespace { get; init; } = "";

    public string Service { get; init; } = "";

    public string ServerKind { get; init; } = "";

    public string ServerName { get; init; } = "";

    public string Route { get; init; } = "";

    /// <summary>Outbound: <c>httproute</c> or <c>grpcroute</c>.</summary>
    public string RouteKind { get; init; } = "";

    public string RouteNamespace { get; init; } = "";

    public string AuthorizationKind { get; init; } = "";

    public string AuthorizationName { get; init; } = "";

    public bool Tls { get; init; }

    /// <summary>The same local pod and direction, everything about the other end left out; for when there are too many series.</summary>
    public SeriesKey WithoutPeer() => new()
    {
        Direction = Direction,
        Namespace = Namespace,
        Pod = Pod,
        OwnerKind = OwnerKind,
        OwnerName = OwnerName,
        ServerKind = ServerKind,
        ServerName = ServerName,
        Route = Route,
        RouteKind = RouteKind,
        RouteNamespace = RouteNamespace,
        AuthorizationKind = AuthorizationKind,
        AuthorizationName = AuthorizationName,
        Tls = Tls,
    };
}
