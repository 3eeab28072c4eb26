using Mesh.Grains.Endpoints;
using Mesh.Grains.Links;
using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Ports;
using Mesh.Grains.Resilience;
using Mesh.Grains.Routes;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Identity;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <summary>
/// What an address and port that a pod connects to stands for: a service by its cluster IP, a pod, or nothing the mesh knows.
/// </summary>
internal static class DestinationPlanner
{
    public static PlannedDestination Plan(SocketAddress address, IClusterView view)
    {
        if (view.ServiceByClusterIp(address.Ip) is { } service)
        {
            var port = (service.Ports.IsDefault ? [] : service.Ports)
                .FirstOrDefault(port => port.Port == address.Port && port.Protocol is "" or "TCP");
            return port is null ? Unknown(address) : OfService(address, service, port, view);
        }
        var pod = view.PodsByIp(address.Ip)
            .Where(pod => !pod.HostNetwork && !MeshedPods.IsFinished(pod))
            .OrderBy(pod => pod.Terminating)
            .ThenBy(pod => pod.Uid, StringComparer.Ordinal)
            .FirstOrDefault();
        return pod is null ? Unknown(address) : OfPod(address, pod, view);
    }

    private static PlannedDestination OfService(SocketAddress address, ObservedService service, ServicePortSpec port, IClusterView view)
    {
        var key = EndpointSetKey(service, view);
        var resilience = ServiceResilience.Of(service.Annotations);
        var destination = new Destination
        {
            Address = address,
            Kind = Destination.Types.Kind.Service,
            Namespace = service.Namespace,
            Service = service.Name,
            EndpointSet = ResourceKeys.Endpoints(key, IpFamily.Of(address.Ip)),
            EndpointPortName = port.Name,
            EndpointPort = (uint)port.Port,
            Protocol = ServicePorts.Protocol(service, view.Namespace(service.Namespace), port),
            Settings = resilience.Settings,
            FailureAccrual = resilience.Accrual,
            TrafficDistribution = Distribution(service),
        };
        destination.Routes.Add(RoutePlanner.Plan(service, port.Port, resilience, view));
        return new PlannedDestination(destination, key, IpFamily.Of(address.Ip));
    }

    /// <summary>
    /// A mirror stands for the service it was made from; the Link of its target name says in which cluster that is. Without such a Link
    /// (it was just deleted, and the mirror will be, too) the target's name is taken for the cluster's.
    /// </summary>
    private static ServiceKey EndpointSetKey(ObservedService service, IClusterView view)
    {
        if (service.Labels.TryGetValue(MirrorLabels.RemoteDiscovery, out var target)
            && service.Labels.TryGetValue(MirrorLabels.RemoteService, out var remote))
        {
            var link = view.Links
                .Where(link => link.TargetClusterName == target)
                .OrderBy(link => link.CreatedAt)
                .ThenBy(link => link.Name, StringComparer.Ordinal)
                .FirstOrDefault();
            if (ClusterName.TryParse(link?.TargetCluster ?? target, out var cluster))
            {
                return new ServiceKey(cluster, service.Namespace, remote);
            }
        }
        return new ServiceKey(view.ClusterName, service.Namespace, service.Name);
    }

    /// <summary>A mirror has the distribution of the service it was made from as an annotation: see ADR 0009.</summary>
    private static TrafficDistribution Distribution(ObservedService service) =>
        service.Annotations.GetValueOrDefault(MirrorLabels.TrafficDistribution, service.TrafficDistribution) switch
        {
            "PreferClose" or "PreferSameZone" => TrafficDistribution.PreferSameZone,
            "PreferSameNode" => TrafficDistribution.PreferSameNode,
            _ => TrafficDistribution.Anywhere,
        };

    private static PlannedDestination OfPod(SocketAddress address, ObservedPod pod, IClusterView view)
    {
        var ns = view.Namespace(pod.Namespace);
        var meshed = MeshedPods.IsMeshed(pod, ns);
        var endpoint = new Endpoint
        {
            Ip = address.Ip,
            Port = address.Port,
            Namespace = pod.Namespace,
            Pod = pod.Name,
            Node = pod.Node,
            Zone = view.Node(pod.Node)?.Zone ?? "",
            Cluster = view.ClusterName.Value,
            Identity = meshed ? new WorkloadIdentity(pod.ServiceAccount, pod.Namespace, view.TrustDomain).DnsName : "",
            OwnerKind = pod.OwnerKind,
            OwnerName = pod.OwnerName,
            Ready = pod.Ready && !pod.Terminating,
        };
        var protocol = Protocol.Detect;
        if (meshed)
        {
            var declared = ServerPlanner.OpaquePorts(pod, view.Servers(pod.Namespace));
            var opaque = PortListParser.Merge([.. PodPorts.Opaque(pod, ns), .. declared]);
            endpoint.SkipInboundPorts.Add(SessionMessages.Ranges(PodPorts.SkipInbound(pod, ns)));
            endpoint.OpaquePorts.Add(SessionMessages.Ranges(opaque));
            protocol = opaque.Any(range => range.Contains((int)address.Port)) ? Protocol.Opaque : Protocol.Detect;
        }
        return new PlannedDestination(
            new Destination { Address = address, Kind = Destination.Types.Kind.Pod, Endpoint = endpoint, Protocol = protocol }, null);
    }

    private static PlannedDestination Unknown(SocketAddress address) =>
        new(new Destination { Address = address, Kind = Destination.Types.Kind.Unknown }, null);
}
