using Mesh.Cli.CommandLine;
using Mesh.Cli.Workloads;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Check;

/// <summary>Whether silos and node proxies run, fit together and know each other.</summary>
internal static class ControlPlaneChecks
{
    public static CheckCategory Version(CheckTarget target) => new("mesh-version",
    [
        new CheckItem("can retrieve the control plane version", "run `mesh install | kubectl apply -f -`",
            c => target.ConfigAsync("version", c)) { Fatal = true },
        new CheckItem(
            "control plane and cli versions match",
            "use the `mesh` of the control plane's version, or install again with this one",
            async cancellationToken =>
            {
                var version = await target.ConfigAsync("version", cancellationToken);
                if (version != MeshNames.Version)
                {
                    throw new CheckFailedException($"control plane running {version} but cli running {MeshNames.Version}");
                }
            }) { Warning = true },
    ]);

    public static CheckCategory Silos(CheckTarget target) => new("mesh-silos",
    [
        new CheckItem(
            "silos answer",
            $"see `kubectl -n {target.MeshNamespace} logs statefulset/{MeshNames.Silo}`",
            target.StatusAsync) { Fatal = true, Retry = true },
        new CheckItem(
            "this cluster's silos are alive in the Orleans cluster",
            $"see `kubectl -n {target.MeshNamespace} logs statefulset/{MeshNames.Silo}`; they must reach each other on port {MeshNames.SiloPort}",
            async cancellationToken =>
            {
                var status = await target.StatusAsync(cancellationToken);
                var alive = status.Silos.Count(s => s.Alive && s.Cluster == status.Cluster);
                var ready = (await target.PodsAsync(MeshNames.SiloSelector, cancellationToken)).Count(p => p.IsReady());
                if (alive < ready || alive == 0)
                {
                    throw new CheckFailedException($"{ready} silo pods are ready, but {alive} silos of {status.Cluster} are in the Orleans cluster");
                }
            }) { Retry = true },
    ]);

    public static CheckCategory Nodes(CheckTarget target) => new("mesh-nodes",
    [
        new CheckItem("node proxy DaemonSet exists", "run `mesh install | kubectl apply -f -`",
            async c => await target.RequireAsync<DaemonSet>(target.MeshNamespace, MeshNames.Proxy, c)) { Fatal = true },
        new CheckItem(
            "node proxies are ready on all nodes",
            $"see `kubectl -n {target.MeshNamespace} get pods -l {MeshNames.ProxySelector} -o wide` and the logs of those that are not ready",
            async cancellationToken =>
            {
                var proxies = await target.PodsAsync(MeshNames.ProxySelector, cancellationToken);
                var ready = proxies.Where(p => p.IsReady()).Select(p => p.Spec.NodeName).ToHashSet();
                await RequireOnAllNodesAsync(target, ready, "no ready proxy on", cancellationToken);
            }) { Fatal = true, Retry = true },
        new CheckItem(
            "cni plugin is installed on all nodes",
            "a proxy becomes ready once it has put itself into its node's CNI configuration: see the logs of those that are not ready",
            async cancellationToken =>
            {
                var proxies = await target.RequireAsync<DaemonSet>(target.MeshNamespace, MeshNames.Proxy, cancellationToken);
                if (proxies.Status.NumberReady < proxies.Status.DesiredNumberScheduled)
                {
                    throw new CheckFailedException($"{proxies.Status.NumberReady ?? 0} of {proxies.Status.DesiredNumberScheduled} proxies are ready");
                }
            }) { Retry = true },
        new CheckItem(
            "node proxies have a session with a silo",
            $"see the proxies' logs: they must reach the service mesh-node-api of {target.MeshNamespace} and have their certificates accepted",
            async cancellationToken =>
            {
                var status = await target.StatusAsync(cancellationToken);
                await RequireOnAllNodesAsync(target, [.. status.Nodes], "no session of", cancellationToken);
            }) { Retry = true },
    ]);

    private static async Task RequireOnAllNodesAsync(CheckTarget target, HashSet<string?> have, string problem, CancellationToken cancellationToken)
    {
        var nodes = (await target.Kubernetes.ListAllAsync<Node>(null, null, cancellationToken)).Items;
        var ready = nodes.Where(n => n.Status.Conditions.Any(c => c is { Type: "Ready", Status: "True" })).Select(n => n.Metadata.Name).ToList();
        var missing = ready.Where(n => !have.Contains(n)).ToList();
        if (ready.Count == 0)
        {
            throw new CheckFailedException("no node is ready");
        }
        if (missing.Count > 0)
        {
            throw new CheckFailedException($"{problem} {string.Join(", ", missing)}");
        }
    }
}
