using System.Text;

namespace Mesh.Sandbox.Network;

/// <summary>
/// Makes the flat network: a namespace with a bridge, one namespace per node and per control plane with a leg on it, and routes so
/// that every pod, node and control plane of every cluster reaches every other. The machine's own network is not touched.
/// </summary>
internal sealed class FabricBuilder(SandboxPlan plan)
{
    private sealed record Member(
        string Name, string Namespace, System.Net.IPAddress Address, System.Net.IPNetwork? PodNetwork, System.Net.IPAddress? Address6,
        System.Net.IPNetwork? PodNetwork6, ClusterPlan Cluster);

    public IEnumerable<string> Namespaces => Members.Select(m => m.Namespace).Prepend(plan.FabricNamespace);

    private IEnumerable<Member> Members => plan.Clusters.SelectMany(c => c.Nodes
        .Select(n => new Member(n.Name, n.NetworkNamespace, n.Address, n.PodNetwork, n.Address6, n.PodNetwork6, c))
        .Prepend(new Member(c.ControlPlane, c.ControlPlaneNamespace, c.ControlPlaneAddress, null, c.ControlPlaneAddress6, null, c)));

    public async Task BuildAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Namespaces)
        {
            await NetworkNamespaces.CreateAsync(name, cancellationToken);
        }
        await BatchAsync(plan.FabricNamespace, FabricCommands(), cancellationToken);
        await Task.WhenAll(Members.Select(m => BatchAsync(m.Namespace, MemberCommands(m), cancellationToken)));
    }

    private string FabricCommands()
    {
        var commands = new StringBuilder("link set lo up\nlink add br0 type bridge\nlink set br0 up\n");
        foreach (var member in Members)
        {
            commands.Append($"link add {member.Name} type veth peer name eth0 netns {member.Namespace}\n");
            commands.Append($"link set {member.Name} master br0 up\n");
        }
        return commands.ToString();
    }

    private string MemberCommands(Member member)
    {
        var commands = new StringBuilder($"link set lo up\naddr add {member.Address}/16 dev eth0\n");
        if (member.Address6 is { } second)
        {
            // Nobody else on the bridge can have the address: without waiting to find that out.
            commands.Append($"addr add {second}/64 dev eth0 nodad\n");
        }
        commands.Append("link set eth0 up\n");
        foreach (var other in Members)
        {
            if (other.PodNetwork is { } network && other.Name != member.Name)
            {
                commands.Append($"route add {network} via {other.Address} dev eth0\n");
            }
            if (other.PodNetwork6 is { } network6 && other.Name != member.Name)
            {
                commands.Append($"route add {network6} via {other.Address6} dev eth0\n");
            }
        }
        // What the node itself sends to a ClusterIP needs some route before the rewriting rules see it.
        foreach (var services in member.Cluster.ServiceNetworks)
        {
            commands.Append($"route add {services} dev eth0\n");
        }
        return commands.ToString();
    }

    private static Task BatchAsync(string networkNamespace, string commands, CancellationToken cancellationToken) =>
        ExternalCommand.RequireAsync("nsenter",
            [
                $"--net={NetworkNamespaces.PathOf(networkNamespace)}", "sh", "-c",
                "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; " +
                "echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter; " +
                "if [ -e /proc/sys/net/ipv6 ]; then echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; " +
                "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; fi; exec ip -batch -",
            ],
            commands, cancellationToken);
}
