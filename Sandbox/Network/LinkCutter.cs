using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Sandbox.Network;

/// <summary>
/// Cuts and heals the network between clusters, nodes and control planes, by dropping packets in the fabric's bridge. What
/// was connected hangs, as it does when a real network breaks.
/// </summary>
internal sealed partial class LinkCutter(SandboxPlan plan)
{
    private const string Table = "sandbox_cuts";

    /// <summary>The cuts in force, each as two names.</summary>
    public async Task<IReadOnlyList<(string A, string B)>> ListAsync(CancellationToken cancellationToken)
    {
        var result = await NftAsync(["list", "table", "bridge", Table], null, cancellationToken);
        return !result.Succeeded ? [] : [.. CutComment().Matches(result.Output).Select(m => (m.Groups[1].Value, m.Groups[2].Value)).Distinct()];
    }

    /// <exception cref="SandboxException">A name is neither a cluster, a node nor a control plane of this sandbox.</exception>
    public async Task CutAsync(string a, string b, CancellationToken cancellationToken)
    {
        _ = Addresses(a);
        _ = Addresses(b);
        if (a == b)
        {
            throw new SandboxException($"cannot cut '{a}' from itself; name two different clusters or nodes");
        }
        var cuts = await ListAsync(cancellationToken);
        await ApplyAsync([.. cuts.Where(c => !Same(c, a, b)), (a, b)], cancellationToken);
    }

    /// <summary>Heals the cut between two names, or every cut when none are given. Returns how many were healed.</summary>
    public async Task<int> HealAsync(string? a, string? b, CancellationToken cancellationToken)
    {
        var cuts = await ListAsync(cancellationToken);
        List<(string A, string B)> left = a is null ? [] : [.. cuts.Where(c => !Same(c, a, b!))];
        await ApplyAsync(left, cancellationToken);
        return cuts.Count - left.Count;
    }

    private static bool Same((string A, string B) cut, string a, string b) => cut == (a, b) || cut == (b, a);

    private async Task ApplyAsync(IReadOnlyList<(string A, string B)> cuts, CancellationToken cancellationToken)
    {
        var rules = new StringBuilder($"table bridge {Table} {{}}\ndelete table bridge {Table}\n");
        if (cuts.Count > 0)
        {
            rules.Append($"table bridge {Table} {{\n  chain forwarded {{\n    type filter hook forward priority 0; policy accept;\n");
            foreach (var (a, b) in cuts)
            {
                foreach (var family in (string[])(plan.IsDualStack ? ["ip", "ip6"] : ["ip"]))
                {
                    var (one, other) = (Addresses(a, family == "ip6"), Addresses(b, family == "ip6"));
                    rules.Append($"    {family} saddr {one} {family} daddr {other} drop comment \"cut {a} {b}\"\n");
                    rules.Append($"    {family} saddr {other} {family} daddr {one} drop comment \"cut {a} {b}\"\n");
                }
            }
            rules.Append("  }\n}\n");
        }
        var result = await NftAsync(["-f", "-"], rules.ToString(), cancellationToken);
        if (!result.Succeeded)
        {
            throw new SandboxException($"nft refused the rules of the cut: {result.Error.Trim()}");
        }
    }

    private string Addresses(string name, bool v6 = false)
    {
        foreach (var cluster in plan.Clusters)
        {
            if (name == cluster.Name)
            {
                return v6 ? $"{{ {cluster.FabricNetwork6}, {cluster.PodNetwork6} }}" : $"{{ {cluster.FabricNetwork}, {cluster.PodNetwork} }}";
            }
            if (name == cluster.ControlPlane)
            {
                return v6 ? $"{{ {cluster.ControlPlaneAddress6} }}" : $"{{ {cluster.ControlPlaneAddress} }}";
            }
            if (cluster.Nodes.FirstOrDefault(n => n.Name == name) is { } node)
            {
                return v6 ? $"{{ {node.Address6}, {node.PodNetwork6} }}" : $"{{ {node.Address}, {node.PodNetwork} }}";
            }
        }
        var known = plan.Clusters.SelectMany(c => c.Nodes.Select(n => n.Name).Prepend(c.ControlPlane).Prepend(c.Name));
        throw new SandboxException($"'{name}' is no cluster, control plane or node of this sandbox; it has {string.Join(", ", known)}");
    }

    private Task<CommandResult> NftAsync(string[] arguments, string? input, CancellationToken cancellationToken)
    {
        if (!NetworkNamespaces.Exists(plan.FabricNamespace))
        {
            throw new SandboxException("the sandbox is not up: there is no network to cut. Run `mesh sandbox up` first.");
        }
        return ExternalCommand.RunAsync(
            "nsenter", [$"--net={NetworkNamespaces.PathOf(plan.FabricNamespace)}", "nft", .. arguments], input, cancellationToken);
    }

    [GeneratedRegex("comment \"cut ([a-z0-9-]+) ([a-z0-9-]+)\"")]
    private static partial Regex CutComment();
}
