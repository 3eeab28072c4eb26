using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;

namespace Mesh.Sandbox.Network;

/// <summary>
/// The whole sandbox on paper. Two sandboxes can be up at the same time when their prefix and state directory differ: every
/// name on the machine starts with the prefix, every file is under the state directory, every address is inside namespaces.
/// </summary>
internal sealed partial record SandboxPlan(string Prefix, string StateDirectory, ImmutableArray<ClusterPlan> Clusters)
{
    public const string DefaultPrefix = "mesh";
    public const string DefaultStateDirectory = "/run/mesh-sandbox";
    private const int MaxClusters = 9;
    private const int MaxNodes = 50;

    /// <summary>The namespace with the bridge that joins all nodes.</summary>
    public string FabricNamespace => $"{Prefix}-fabric";

    /// <summary>Whether pods and services can have IPv6 addresses beside IPv4 ones.</summary>
    public bool IsDualStack => Clusters[0].DualStack;

    public string KubeconfigPath => Path.Combine(StateDirectory, "kubeconfig");

    /// <exception cref="SandboxException">A name or number cannot be used; says which and why.</exception>
    public static SandboxPlan Create(
        string prefix, string stateDirectory, IReadOnlyList<string> clusters, int nodesPerCluster, bool dualStack = false)
    {
        if (!PrefixPattern().IsMatch(prefix))
        {
            throw new SandboxException($"--prefix '{prefix}' cannot be used: it takes 1 to 20 of a-z, 0-9 and '-', beginning with a letter");
        }
        if (clusters.Count is 0 or > MaxClusters)
        {
            throw new SandboxException($"--clusters takes 1 to {MaxClusters} names, not {clusters.Count}");
        }
        if (nodesPerCluster is < 1 or > MaxNodes)
        {
            throw new SandboxException($"--nodes takes 1 to {MaxNodes}, not {nodesPerCluster}");
        }
        foreach (var name in clusters)
        {
            // No dash: it keeps `mesh-east-1` of one prefix from being taken for a name of another. 10: interface names have 15.
            if (!ClusterPattern().IsMatch(name))
            {
                throw new SandboxException($"cluster name '{name}' cannot be used: it takes 1 to 10 of a-z and 0-9, beginning with a letter");
            }
        }
        if (clusters.Distinct().Count() != clusters.Count)
        {
            throw new SandboxException($"--clusters names a cluster twice: {string.Join(',', clusters)}");
        }
        var state = Path.GetFullPath(stateDirectory);
        return new SandboxPlan(prefix, state,
            [.. clusters.Select((name, i) => PlanCluster(prefix, state, name, i + 1, nodesPerCluster, dualStack))]);
    }

    /// <summary>Whether a network namespace of that name can only be this sandbox's.</summary>
    public static bool OwnsNamespace(string prefix, string name) =>
        name.StartsWith(prefix + "-", StringComparison.Ordinal) && OwnedSuffix().IsMatch(name[(prefix.Length + 1)..]);

    /// <summary>The name of the network namespace of a pod.</summary>
    public static string PodNamespace(string prefix, string podUid) =>
        $"{prefix}-pod-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(podUid)).AsSpan(0, 5))}";

    public ClusterPlan Cluster(string name) => Clusters.FirstOrDefault(c => c.Name == name)
        ?? throw new SandboxException($"there is no cluster '{name}' in this sandbox; it has {string.Join(", ", Clusters.Select(c => c.Name))}");

    private static ClusterPlan PlanCluster(string prefix, string state, string name, int index, int nodes, bool dualStack)
    {
        var directory = Path.Combine(state, name);
        return new ClusterPlan(name, index, prefix, directory,
        [
            .. Enumerable.Range(1, nodes).Select(n => new NodePlan(
                $"{name}-{n}", $"{prefix}-{name}-{n}", IPAddress.Parse($"10.99.{index}.{10 + n}"),
                IPNetwork.Parse($"10.{10 * index}.{n}.0/24"), Path.Combine(directory, $"{name}-{n}"),
                dualStack ? IPAddress.Parse($"fd00:99::{index}:{10 + n}") : null,
                dualStack ? IPNetwork.Parse($"fd00:{10 * index}:{n}::/64") : null)),
        ],
        dualStack);
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,19}$")]
    private static partial Regex PrefixPattern();

    [GeneratedRegex("^[a-z][a-z0-9]{0,9}$")]
    private static partial Regex ClusterPattern();

    [GeneratedRegex("^(fabric|pod-[0-9a-f]{10}|[a-z][a-z0-9]{0,9}-(cp|[0-9]{1,2}))$")]
    private static partial Regex OwnedSuffix();
}
