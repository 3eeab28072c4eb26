using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Traffic;

/// <summary>The labels of a traffic series: two series with the same ones are added up.</summary>
internal readonly record struct TrafficSeriesKey(
    TrafficSeries.Types.Direction Direction,
    string Namespace,
    string Pod,
    string OwnerKind,
    string OwnerName,
    string PeerIdentity,
    string PeerCluster,
    string PeerNamespace,
    string PeerOwner,
    string ServiceNamespace,
    string Service,
    string ServerKind,
    string ServerName,
    string Route,
    string AuthorizationKind,
    string AuthorizationName,
    bool Tls)
{
    public static TrafficSeriesKey Of(TrafficSeries series) => new(
        series.Direction,
        series.Namespace,
        series.Pod,
        series.OwnerKind,
        series.OwnerName,
        series.PeerIdentity,
        series.PeerCluster,
        series.PeerNamespace,
        series.PeerOwner,
        series.ServiceNamespace,
        series.Service,
        series.ServerKind,
        series.ServerName,
        series.Route,
        series.AuthorizationKind,
        series.AuthorizationName,
        series.Tls);

    /// <summary>A series with these labels and all counts 0.</summary>
    public TrafficSeries ToSeries() => new()
    {
        Direction = Direction,
        Namespace = Namespace,
        Pod = Pod,
        OwnerKind = OwnerKind,
        OwnerName = OwnerName,
        PeerIdentity = PeerIdentity,
        PeerCluster = PeerCluster,
        PeerNamespace = PeerNamespace,
        PeerOwner = PeerOwner,
        ServiceNamespace = ServiceNamespace,
        Service = Service,
        ServerKind = ServerKind,
        ServerName = ServerName,
        Route = Route,
        AuthorizationKind = AuthorizationKind,
        AuthorizationName = AuthorizationName,
        Tls = Tls,
    };
}
