using System.Collections.Immutable;
using System.Net.Sockets;
using Google.Protobuf;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Versions;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.NodeSession;
using PortRange = Mesh.Interfaces.Endpoints.PortRange;
using WirePortRange = Mesh.Interfaces.NodeSession.PortRange;

namespace Mesh.Grains.Nodes;

/// <summary>Writes what grains know as messages of node_session.proto.</summary>
internal static class SessionMessages
{
    public static Resource Resource(string key, Pod pod) => Versioned(new Resource { Key = key, Pod = pod }, pod);

    public static Resource Resource(string key, Destination destination) =>
        Versioned(new Resource { Key = key, Destination = destination }, destination);

    public static Resource Resource(string key, EndpointSet set) => Versioned(new Resource { Key = key, EndpointSet = set }, set);

    /// <summary>
    /// The endpoints for clients that use the service by an address of that family: those of the same family, or all if there are none.
    /// Another family's would often be unreachable for the client, and a dual-stack pod would count twice.
    /// </summary>
    public static EndpointSet EndpointSet(
        EndpointSetSnapshot snapshot, bool suspect, AddressFamily family = AddressFamily.InterNetwork)
    {
        var set = new EndpointSet
        {
            Cluster = snapshot.Service.Cluster.Value,
            Namespace = snapshot.Service.Namespace,
            Service = snapshot.Service.Name,
            Suspect = suspect,
        };
        foreach (var port in snapshot.Ports)
        {
            set.Ports.Add(EndpointPort(port, port.TargetPort));
        }
        var usable = snapshot.Endpoints.Where(endpoint => IpFamily.Of(endpoint.Ip) == family).ToList();
        foreach (var endpoint in usable.Count > 0 ? usable : snapshot.Endpoints.AsEnumerable())
        {
            set.Endpoints.Add(Endpoint(endpoint, snapshot));
        }
        return set;
    }

    public static IEnumerable<WirePortRange> Ranges(ImmutableArray<PortRange> ranges) =>
        (ranges.IsDefault ? [] : ranges).Select(range => new WirePortRange { First = range.First, Last = range.Last });

    private static Endpoint Endpoint(EndpointSpec spec, EndpointSetSnapshot snapshot)
    {
        var endpoint = new Endpoint
        {
            Ip = spec.Ip,
            Namespace = spec.Namespace,
            Pod = spec.Pod,
            Node = spec.Node,
            Zone = spec.Zone,
            Cluster = snapshot.Service.Cluster.Value,
            Identity = spec.Identity,
            OwnerKind = spec.OwnerKind,
            OwnerName = spec.OwnerName,
            Ready = spec.Ready,
            Weight = (uint)spec.Weight,
        };
        endpoint.ForZones.Add(spec.ForZones.IsDefault ? [] : spec.ForZones);
        endpoint.ForNodes.Add(spec.ForNodes.IsDefault ? [] : spec.ForNodes);
        endpoint.SkipInboundPorts.Add(Ranges(spec.SkipInboundPorts));
        endpoint.OpaquePorts.Add(Ranges(spec.OpaquePorts));
        var own = spec.OwnTargetPorts.IsDefault ? [] : spec.OwnTargetPorts;
        if (own.Length == 1 && snapshot.Ports.Length == 1 && own[0].TargetPort > 0)
        {
            endpoint.Port = (uint)own[0].TargetPort;
        }
        else
        {
            foreach (var target in own)
            {
                var port = snapshot.Ports.First(port => port.ServicePort == target.ServicePort);
                endpoint.OwnPorts.Add(EndpointPort(port, target.TargetPort));
            }
        }
        return endpoint;
    }

    private static EndpointPort EndpointPort(EndpointPortSpec port, int target) => new()
    {
        Name = port.Name,
        ServicePort = (uint)port.ServicePort,
        TargetPort = (uint)target,
        Protocol = AppProtocols.Parse(port.AppProtocol),
    };

    /// <summary>The messages have no maps, so equal content has equal bytes.</summary>
    private static Resource Versioned(Resource resource, IMessage body)
    {
        resource.Version = ContentHash.OfBytes(body.ToByteArray());
        return resource;
    }
}
