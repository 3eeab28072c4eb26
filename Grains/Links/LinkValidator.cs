using Mesh.Grains.Observed;
using Mesh.Grains.Selection;
using Mesh.Interfaces.Keys;

namespace Mesh.Grains.Links;

/// <summary>Whether a Link can be used at all.</summary>
internal static class LinkValidator
{
    /// <returns>True and the cluster to follow; or false and what is wrong and what to do.</returns>
    public static bool TryValidate(ObservedLink link, IEnumerable<ObservedLink> all, out ClusterName target, out string problem)
    {
        target = default;
        problem = Problem(link, all);
        return problem.Length == 0 && ClusterName.TryParse(link.TargetCluster, out target);
    }

    private static string Problem(ObservedLink link, IEnumerable<ObservedLink> all)
    {
        // The name becomes the end of service names and a label's value: anything but a DNS label could not be written.
        if (!ClusterName.TryParse(link.TargetClusterName, out _))
        {
            return $"spec.targetClusterName '{link.TargetClusterName}' is not a DNS label: use lower-case letters, digits and '-'.";
        }
        if (!ClusterName.TryParse(link.TargetCluster, out _))
        {
            return $"The target cluster '{link.TargetCluster}' is not a DNS label. Correct the annotation "
                + "multicluster.mesh-orleans.io/target-cluster, or make the Link anew with 'mesh multicluster link'.";
        }
        if (link.RemoteDiscoverySelector is { } selector && !LabelSelector.IsValid(selector))
        {
            return "spec.remoteDiscoverySelector has an expression with an unknown operator or without the values it needs. "
                + "Use In, NotIn (with values), Exists or DoesNotExist (without).";
        }
        var elder = all
            .Where(other => other.TargetClusterName == link.TargetClusterName && other.Uid != link.Uid)
            .FirstOrDefault(other => Order(other).CompareTo(Order(link)) < 0);
        return elder is null
            ? ""
            : $"Link {elder.Name} has the same spec.targetClusterName '{link.TargetClusterName}' and is older. Both would "
                + "write the same mirrors: give one of them another targetClusterName.";
    }

    private static (DateTimeOffset, string, string) Order(ObservedLink link) => (link.CreatedAt, link.Namespace, link.Name);
}
