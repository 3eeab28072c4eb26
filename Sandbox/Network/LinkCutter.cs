using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Sandbox.Network;

/// <summary>
/// Cuts and heals the network between clusters, nodes and control planes, wholly or in part, by dropping packets in the fabric's bridge.
/// What was connected hangs, as it does when a real network breaks.
/// </summary>
internal sealed partial class LinkCutter(SandboxPlan plan)
{
    private const string Table = "sandbox_cuts";

    /// <summary>What is in force.</summary>
    public async Task<IReadOnlyList<Impairment>> ListAsync(CancellationToken cancellationToken)
    {
        var result = await NftAsync(["list", "table", "bridge", Table], null, cancellationToken);
        return !result.Succeeded ? [] : [.. Comment().Matches(result.Output).Select(m => new Impairment(
            m.Groups["a"].Value, m.Groups["b"].Value, int.Parse(m.Groups["loss"].Value, CultureInfo.InvariantCulture), m.Groups["oneway"].Success))
            .Distinct()];
    }

    /// <summary>Makes this what is wrong between its two places, instead of what was before.</summary>
    /// <exception cref="SandboxException">A name is neither a cluster, a node nor a control plane of this sandbox.</exception>
    public async Task CutAsync(Impairment impairment, CancellationToken cancellationToken)
    {
        _ = Addresses(impairment.A);
        _ = Addresses(impairment.B);
        if (impairment.A == impairment.B)
        {
            throw new SandboxException($"cannot cut '{impairment.A}' from itself; name two different clusters or nodes");
        }
        var others = (await ListAsync(cancellationToken)).Where(i => !i.IsBetween(impairment.A, impairment.B));
        await ApplyAsync([.. others, impairment], cancellationToken);
    }

    /// <summary>Heals what is between two names, or everything when none are given. Returns how many were healed.</summary>
    public async Task<int> HealAsync(string? a, string? b, CancellationToken cancellationToken)
    {
        var all = await ListAsync(cancellationToken);
        List<Impairment> left = a is null ? [] : [.. all.Where(i => !i.IsBetween(a, b!))];
        await ApplyAsync(left, cancellationToken);
        return all.Count - left.Count;
    }

    private async Task ApplyAsync(IReadOnlyList<Impairment> impairments, CancellationToken cancellationToken)
    {
        var rules = new StringBuilder($"table bridge {Table} {{}}\ndelete table bridge {Table}\n");
        if (impairments.Count > 0)
        {
            rules.Append($"table bridge {Table} {{\n  chain forwarded {{\n    type filter hook forward priority 0; policy accept;\n");
            foreach (var impairment in impairments)
            {
                Append(rules, impairment);
            }
            rules.Append("  }\n}\n");
        }
        var result = await NftAsync(["-f", "-"], rules.ToString(), cancellationToken);
        if (!result.Succeeded)
        {
            throw new SandboxException($"nft refused the rules of the cut: {result.Error.Trim()}");
        }
    }

    private void Append(StringBuilder rules, Impairment impairment)
    {
        var (a, b, loss, oneWay) = impairment;
        var chance = loss == 100 ? "" : string.Create(CultureInfo.InvariantCulture, $"numgen random mod 100 < {loss} ");
        var what = string.Create(CultureInfo.InvariantCulture, $"drop comment \"loss {loss} {(oneWay ? "oneway " : "")}{a} {b}\"\n");
        foreach (var family in (string[])(plan.IsDualStack ? ["ip", "ip6"] : ["ip"]))
        {
            var (one, other) = (Addresses(a, family == "ip6"), Addresses(b, family == "ip6"));
            rules.Append($"    {family} saddr {one} {family} daddr {other} {chance}{what}");
            if (!oneWay)
            {
                rules.Append($"    {family} saddr {other} {family} daddr {one} {chance}{what}");
            }
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

    [GeneratedRegex("comment \"loss (?<loss>[0-9]+) (?<oneway>oneway )?(?<a>[a-z0-9-]+) (?<b>[a-z0-9-]+)\"")]
    private static partial Regex Comment();
}
