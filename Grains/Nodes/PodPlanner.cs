using Mesh.Grains.Endpoints;
using Mesh.Grains.Observed;
using Mesh.Grains.Policies;
using Mesh.Grains.Ports;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Nodes;

/// <summary>What a node's proxy must know of one of its pods.</summary>
internal static class PodPlanner
{
    /// <summary>Null for a pod outside the mesh, or one that has ended.</summary>
    public static Pod? Plan(ObservedPod pod, IClusterView view)
    {
        var ns = view.Namespace(pod.Namespace);
        if (!MeshedPods.IsMeshed(pod, ns) || MeshedPods.IsFinished(pod))
        {
            return null;
        }
        var planned = new Pod
        {
            Uid = pod.Uid,
            Namespace = pod.Namespace,
            Name = pod.Name,
            ServiceAccount = pod.ServiceAccount,
            OwnerKind = pod.OwnerKind,
            OwnerName = pod.OwnerName,
            Zone = view.Node(pod.Node)?.Zone ?? "",
            AccessLog = LogOf(pod, ns),
            Inbound = InboundPolicyPlanner.Plan(pod, ns, view),
        };
        planned.Ips.Add(pod.Ips.IsDefault ? [] : pod.Ips);
        planned.SkipInboundPorts.Add(SessionMessages.Ranges(PodPorts.SkipInbound(pod, ns)));
        planned.SkipOutboundPorts.Add(SessionMessages.Ranges(PodPorts.SkipOutbound(pod, ns)));
        planned.OpaquePorts.Add(SessionMessages.Ranges(PodPorts.Opaque(pod, ns)));
        planned.HidesClientAddress = MeshAnnotations.Effective(pod, ns, MeshAnnotations.ClientAddress) == "hidden";
        planned.SkipSubnets.Add(Subnets(pod, ns));
        return planned;
    }

    private static AccessLog LogOf(ObservedPod pod, ObservedNamespace? ns) =>
        MeshAnnotations.Effective(pod, ns, MeshAnnotations.AccessLog)?.Trim().ToLowerInvariant() switch
        {
            "apache" => AccessLog.Apache,
            "json" => AccessLog.Json,
            _ => AccessLog.Off,
        };

    private static IEnumerable<string> Subnets(ObservedPod pod, ObservedNamespace? ns) =>
        (MeshAnnotations.Effective(pod, ns, MeshAnnotations.SkipSubnets) ?? "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => Cidr.TryParse(text, out var cidr) ? cidr.ToString() : null)
            .OfType<string>();
}
