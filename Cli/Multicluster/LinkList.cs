using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary>The Links of a cluster.</summary>
internal static class LinkList
{
    /// <returns>Empty also when the cluster does not know what a Link is.</returns>
    public static async Task<IReadOnlyList<Link>> ReadAsync(KubernetesClient kubernetes, CancellationToken cancellationToken)
    {
        try
        {
            return (await kubernetes.ListAllAsync<Link>(null, null, cancellationToken)).Items;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return [];
        }
    }
}
