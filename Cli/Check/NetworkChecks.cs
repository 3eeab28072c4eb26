using System.Net;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Check;

/// <summary>Whether <c>clusterNetworks</c>, by which the <c>cluster-*</c> policies tell the cluster from the world, holds what it must.</summary>
internal static class NetworkChecks
{
    private const string Hint = "run `mesh install --set clusterNetworks=… | kubectl apply -f -` with a list that contains them";

    public static IReadOnlyList<CheckItem> Create(CheckTarget target) =>
    [
        new("cluster networks contains all node podCIDRs", Hint, async cancellationToken =>
        {
            var nodes = await target.Kubernetes.ListAllAsync<Node>(null, null, cancellationToken);
            var ranges = nodes.Items.SelectMany(n => n.Spec.PodCIDRs.Append(n.Spec.PodCIDR)).Where(c => !string.IsNullOrEmpty(c)).Distinct();
            await RequireAsync(target, [.. ranges.Select(c => (c!, c!.Split('/')[0]))], cancellationToken);
        }),
        new("cluster networks contains all pods", Hint, async cancellationToken =>
        {
            var pods = await target.Kubernetes.ListAllAsync<Pod>(null, null, cancellationToken);
            var addressed = pods.Items.Where(p => p.Spec.HostNetwork != true && p.Status is { PodIP.Length: > 0, Phase: "Running" });
            await RequireAsync(
                target,
                [.. addressed.Select(p => ($"pod {p.Metadata.Namespace}/{p.Metadata.Name} {p.Status.PodIP}", p.Status.PodIP!))],
                cancellationToken);
        }),
        new("cluster networks contains all services", Hint, async cancellationToken =>
        {
            var services = await target.Kubernetes.ListAllAsync<Service>(null, null, cancellationToken);
            var addressed = services.Items.Where(s => s.Spec.ClusterIP is { Length: > 0 } and not "None");
            await RequireAsync(
                target,
                [.. addressed.Select(s => ($"service {s.Metadata.Namespace}/{s.Metadata.Name} {s.Spec.ClusterIP}", s.Spec.ClusterIP!))],
                cancellationToken);
        }),
    ];

    internal static bool Contains(IReadOnlyList<IPNetwork> networks, string address) =>
        IPAddress.TryParse(address, out var ip) && networks.Any(n => n.Contains(ip));

    internal static IReadOnlyList<IPNetwork> Parse(string networks) =>
    [
        .. networks.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text =>
            IPNetwork.TryParse(text, out var network)
                ? network
                : throw new CheckFailedException($"clusterNetworks has \"{text}\", which is not a network")),
    ];

    private static async Task RequireAsync(CheckTarget target, IReadOnlyList<(string What, string Address)> all, CancellationToken cancellationToken)
    {
        var networks = Parse(await target.ConfigAsync("clusterNetworks", cancellationToken));
        var outside = all.Where(a => !Contains(networks, a.Address)).Select(a => a.What).ToList();
        if (outside.Count > 0)
        {
            throw new CheckFailedException($"not in clusterNetworks: {string.Join(", ", outside.Take(5))}{(outside.Count > 5 ? $" and {outside.Count - 5} more" : "")}");
        }
    }
}
