using Mesh.Cli.CommandLine;
using Mesh.Cli.Workloads;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary>What a Link says about the cluster it leads to.</summary>
/// <param name="ClusterName">The cluster's own name in the mesh.</param>
/// <param name="ClusterDomain">The domain of its DNS.</param>
/// <param name="Seeds">Addresses of its silos, <c>ip:port</c>, sorted.</param>
/// <param name="UnreadySilos">How many of them are not ready.</param>
internal sealed record LinkTarget(string ClusterName, string ClusterDomain, IReadOnlyList<string> Seeds, int UnreadySilos)
{
    /// <exception cref="CommandFailedException">The mesh is not installed there, or none of its silos has an address.</exception>
    public static async Task<LinkTarget> ReadAsync(KubernetesClient kubernetes, string ns, CancellationToken cancellationToken)
    {
        var where = kubernetes.Connection.Context;
        var config = await kubernetes.GetOrNullAsync<ConfigMap>(ns, MeshNames.ConfigMap, cancellationToken);
        if (config?.Data.GetValueOrDefault("clusterName") is not { Length: > 0 } name)
        {
            throw new CommandFailedException(
                $"The mesh is not installed in {where}: there is no config map {ns}/{MeshNames.ConfigMap} with a clusterName. "
                + $"Run `mesh --context {where} install | kubectl --context {where} apply -f -` first.");
        }
        var options = new ListOptions { LabelSelector = MeshNames.SiloSelector };
        var silos = (await kubernetes.ListAsync<Pod>(ns, options, cancellationToken)).Items
            .Where(p => p.Metadata.DeletionTimestamp is null && p.Status is { PodIP.Length: > 0, Phase: "Running" or "Pending" })
            .ToList();
        if (silos.Count == 0)
        {
            throw new CommandFailedException(
                $"No silo of the mesh runs in {where}, so nobody could be linked to. Run `mesh --context {where} check` and try again when it passes.");
        }
        return new LinkTarget(
            name,
            config.Data.GetValueOrDefault("clusterDomain") ?? "cluster.local",
            [.. silos.Select(p => Address(p.Status.PodIP!)).Order(StringComparer.Ordinal)],
            silos.Count(p => !p.IsReady()));
    }

    private static string Address(string ip) => ip.Contains(':') ? $"[{ip}]:{MeshNames.SiloPort}" : $"{ip}:{MeshNames.SiloPort}";
}
