using Mesh.Faults.Frame;
using Mesh.Testing;

namespace Mesh.Faults.Clusters;

/// <summary>Makes changes and watches them arrive: what shows that a control plane works, and not only the data plane.</summary>
internal static class Changes
{
    private static int _count;

    /// <summary>Waits until a service made now in a cluster can be called by name from a pod there.</summary>
    public static async Task ExpectLocalAsync(FaultStage stage, string cluster, TimeSpan within)
    {
        var service = await MakeAsync(stage, cluster);
        await ExpectAnswersAsync(stage, cluster, service, $"a service made in {cluster} is answered there", within);
        await RemoveAsync(stage, cluster, service);
    }

    /// <summary>Waits until a service made now in a cluster is mirrored into the other and answers there.</summary>
    public static async Task ExpectAcrossAsync(FaultStage stage, string cluster, TimeSpan within)
    {
        var service = await MakeAsync(stage, cluster);
        await ExpectMadeAsync(stage, cluster, service, within);
    }

    /// <summary>Waits until a service made before is mirrored into the other cluster and answers there; then removes it.</summary>
    public static async Task ExpectMadeAsync(FaultStage stage, string cluster, string service, TimeSpan within)
    {
        var other = FaultClusters.Other(cluster);
        await ExpectAnswersAsync(stage, other, $"{service}-{cluster}", $"a service exported in {cluster} is answered in {other}", within);
        await RemoveAsync(stage, cluster, service);
    }

    /// <summary>Makes an exported service.</summary>
    /// <returns>Its name.</returns>
    public static async Task<string> MakeAsync(FaultStage stage, string cluster)
    {
        var service = $"change-{Interlocked.Increment(ref _count)}";
        await stage.Clusters.RunAsync(
            $"kubectl --context {cluster} apply -f -", Manifests.Exported(service, FaultClusters.Service), stage.Cancellation);
        return service;
    }

    private static Task RemoveAsync(FaultStage stage, string cluster, string service) => stage.Clusters.RunAsync(
        $"kubectl --context {cluster} -n {Manifests.Namespace} delete svc {service}", null, stage.Cancellation);

    private static async Task ExpectAnswersAsync(FaultStage stage, string cluster, string service, string promise, TimeSpan within)
    {
        using var client = PodNetwork.HttpClient(await stage.Clusters.ClientNamespaceAsync(cluster, stage.Cancellation));
        await stage.ExpectWithinAsync(promise, within, async () =>
        {
            var address = await stage.Clusters.TryAsync(
                FaultClusters.ClusterIpCommand(cluster, service), null, stage.Cancellation);
            return address.ExitCode != 0 || address.Output.Trim().Length == 0
                ? $"{cluster} has no service {service}"
                : await FaultClusters.AnswersAsync(client, new Uri($"http://{address.Output.Trim()}:{Manifests.Port}/"), stage.Cancellation)
                    ? null
                    : $"{service} does not answer in {cluster}";
        });
    }
}
