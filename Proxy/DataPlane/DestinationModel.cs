using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.DataPlane;

/// <summary>What an address that a pod connects to stands for. Immutable.</summary>
internal sealed class DestinationModel
{
    private DestinationModel(SocketEndpoint address, Destination destination)
    {
        Address = address;
        Kind = destination.Kind;
        Namespace = destination.Namespace;
        Service = destination.Service;
        EndpointSet = destination.EndpointSet;
        EndpointPortName = destination.EndpointPortName;
        EndpointPort = destination.EndpointPort;
        Protocol = ProtocolOf(destination.Protocol);
        Routes = destination.Settings is null && destination.Routes.Count == 0
            ? RouteTable.Empty
            : new RouteTable(destination.Routes, destination.Settings);
        CircuitBreaker = CircuitBreakerPolicy.From(destination.FailureAccrual);
        Distribution = destination.TrafficDistribution;
        if (destination.Endpoint is { } endpoint && EndpointModel.TryCreate(endpoint, address.Port, suspect: false) is { } single)
        {
            Single = new EndpointListModel([single], Protocol);
        }
    }

    public SocketEndpoint Address { get; }

    public Destination.Types.Kind Kind { get; }

    public string Namespace { get; }

    public string Service { get; }

    public string EndpointSet { get; }

    public string EndpointPortName { get; }

    public uint EndpointPort { get; }

    public TrafficProtocol Protocol { get; }

    /// <summary>Retries and time limits, by request.</summary>
    public RouteTable Routes { get; }

    /// <summary>When failing endpoints are taken out of use; null: never.</summary>
    public CircuitBreakerPolicy? CircuitBreaker { get; }

    public TrafficDistribution Distribution { get; }

    /// <summary>A pod's own address: that pod.</summary>
    public EndpointListModel Single { get; } = EndpointListModel.Empty;

    /// <returns>Null when the address is not one.</returns>
    public static DestinationModel? TryCreate(Destination destination) =>
        SocketEndpoint.TryCreate(destination.Address?.Ip, destination.Address?.Port ?? 0, out var address)
            ? new DestinationModel(address, destination)
            : null;

    public static TrafficProtocol ProtocolOf(Protocol protocol) => protocol switch
    {
        Interfaces.NodeSession.Protocol.Detect => TrafficProtocol.Detect,
        Interfaces.NodeSession.Protocol.Http1 => TrafficProtocol.Http1,
        Interfaces.NodeSession.Protocol.Http2 or Interfaces.NodeSession.Protocol.Grpc => TrafficProtocol.Http2,
        // HTTP/2 passes as bytes until it is read.
        _ => TrafficProtocol.Opaque,
    };
}
