using System.Text;

namespace Mesh.Sandbox.Network;

/// <summary>
/// Makes the flat network: a namespace with a bridge, one namespace per node and per control plane with a leg on it, and routes so
/// that every pod, node and control plane of every cluster reaches every other. The machine's own network is not touched.
/// </summary>
internal sealed class FabricBuilder(SandboxPlan plan)
{
    private sealed record Member(string Name, string Namespace, System.Net.IPAddress Address, System.Net.IPNetwork? PodNetwork, ClusterPlan Cluster);

    public IEnumerable<string> Namespaces => Members.Select(m => m.Namespace).Prepend(plan.FabricNamespace);

    private IEnumerable<Member> Members => plan.Clusters.SelectMany(c => c.Nodes
        .Select(n => new Member(n.Name, n.NetworkNamespace, n.Address, n.PodNetwork, c))
        .Prepend(new Member(c.ControlPlane, c.ControlPlaneNamespace, c.ControlPlaneAddress, null, c)));

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
        var commands = new StringBuilder($"link set lo up\naddr add {member.Address}/16 dev eth0\nlink set eth0 up\n");
        foreach (var other in Members)
        {
            if (other.PodNetwork is { } network && other.Name != member.Name)
            {
                commands.Append($"route add {network} via {other.Address} dev eth0\n");
            }
        }
        // What the node itself sends to a ClusterIP needs some route before the rewriting rules see it.
        commands.Append($"route add {member.Cluster.ServiceNetwork} dev eth0\n");
        return commands.ToString();
    }

    private static Task BatchAsync(string networkNamespace, string commands, CancellationToken cancellationToken) =>
        ExternalCommand.RequireAsync("nsenter",
            [
                $"--net={NetworkNamespaces.PathOf(networkNamespace)}", "sh", "-c",
                "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; " +
                "echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter; exec ip -batch -",
            ],
            commands, cancellationToken);
}
