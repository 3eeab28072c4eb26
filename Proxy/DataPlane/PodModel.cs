using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Authorization;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.DataPlane;

/// <summary>A meshed pod of this node with its compiled inbound policy. Immutable.</summary>
internal sealed class PodModel
{
    public PodModel(Pod pod)
    {
        Uid = pod.Uid;
        Namespace = pod.Namespace;
        Name = pod.Name;
        OwnerKind = pod.OwnerKind;
        OwnerName = pod.OwnerName;
        ServiceAccount = new ServiceAccountKey(pod.Namespace, pod.ServiceAccount);
        Zone = pod.Zone;
        AccessLog = pod.AccessLog;
        OpaquePorts = PortSet.From(pod.OpaquePorts);
        KeepsClientAddress = !pod.HidesClientAddress;
        Inbound = new InboundPolicyModel(pod.Inbound ?? new InboundPolicy());
        var ips = new List<IpValue>(pod.Ips.Count);
        foreach (var text in pod.Ips)
        {
            if (IpValue.TryParse(text, out var ip))
            {
                ips.Add(ip);
            }
        }
        Ips = [.. ips];
    }

    public string Uid { get; }

    public string Namespace { get; }

    public string Name { get; }

    public string OwnerKind { get; }

    public string OwnerName { get; }

    public ServiceAccountKey ServiceAccount { get; }

    /// <summary>The node's zone; empty: not known.</summary>
    public string Zone { get; }

    public AccessLog AccessLog { get; }

    public PortSet OpaquePorts { get; }

    /// <summary>Whether the application is to see its clients' addresses.</summary>
    public bool KeepsClientAddress { get; }

    public InboundPolicyModel Inbound { get; }

    private IpValue[] Ips { get; }

    public bool HasAddress(IpValue ip) => Array.IndexOf(Ips, ip) >= 0;
}
