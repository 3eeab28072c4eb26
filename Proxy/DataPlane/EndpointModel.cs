using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>One pod behind a destination. Immutable.</summary>
internal sealed class EndpointModel
{
    private EndpointModel(SocketEndpoint address, Endpoint endpoint, bool suspect)
    {
        Address = address;
        Ready = endpoint.Ready;
        Suspect = suspect;
        Zone = endpoint.Zone;
        Node = endpoint.Node;
        ForZones = [.. endpoint.ForZones];
        ForNodes = [.. endpoint.ForNodes];
        Weight = endpoint.Weight == 0 ? 1 : endpoint.Weight / 100.0;
        Cluster = endpoint.Cluster;
        Namespace = endpoint.Namespace;
        Pod = endpoint.Pod;
        OwnerKind = endpoint.OwnerKind;
        OwnerName = endpoint.OwnerName;
        Opaque = PortSet.From(endpoint.OpaquePorts).Contains(address.Port);
        // A pod whose proxy does not listen on the port cannot prove itself there.
        Identity = PortSet.From(endpoint.SkipInboundPorts).Contains(address.Port) ? "" : endpoint.Identity;
        // One that cannot be read is nobody's: the connection fails instead of going out in plaintext.
        Workload = WorkloadIdentity.TryParseDnsName(Identity, out var workload) ? workload : default;
    }

    public SocketEndpoint Address { get; }

    /// <summary>The DNS identity the other side must prove; empty: spoken to in plaintext.</summary>
    public string Identity { get; }

    /// <summary><see cref="Identity"/>, read.</summary>
    public WorkloadIdentity Workload { get; }

    /// <summary>Spoken to with mutual TLS.</summary>
    public bool IsMeshed => Identity.Length > 0;

    public bool Ready { get; }

    /// <summary>The endpoint's cluster cannot be asked whether it still exists.</summary>
    public bool Suspect { get; }

    public bool Opaque { get; }

    public string Zone { get; }

    public string Node { get; }

    /// <summary>From the EndpointSlice: for clients of which zones it is meant; empty: no hint.</summary>
    public string[] ForZones { get; }

    /// <summary>From the EndpointSlice: for clients of which nodes of its cluster it is meant; empty: no hint.</summary>
    public string[] ForNodes { get; }

    /// <summary>Its share of the requests compared with a usual endpoint, which has 1. Above 0.</summary>
    public double Weight { get; }

    public string Cluster { get; }

    public string Namespace { get; }

    public string Pod { get; }

    public string OwnerKind { get; }

    public string OwnerName { get; }

    /// <param name="endpoint">As it came.</param>
    /// <param name="targetPort">Used where the endpoint does not name its own port.</param>
    /// <param name="suspect">Whether its cluster is silent.</param>
    /// <returns>Null when the address or port is not one.</returns>
    public static EndpointModel? TryCreate(Endpoint endpoint, uint targetPort, bool suspect) =>
        SocketEndpoint.TryCreate(endpoint.Ip, endpoint.Port != 0 ? endpoint.Port : targetPort, out var address)
            ? new EndpointModel(address, endpoint, suspect)
            : null;
}
