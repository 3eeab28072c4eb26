using Mesh.Cli.CommandLine;
using Mesh.Cli.Viz;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Check;

/// <summary>Whether the pods that shall be in the mesh are, and whether labels and annotations stand where they have an effect.</summary>
internal static class DataPlaneChecks
{
    private const string ConfigPrefix = "config.linkerd.io/";
    private const string ExportLabel = "mirror.linkerd.io/exported";

    public static CheckCategory Create(CheckTarget target, string? ns) => new("mesh-data-plane",
    [
        new CheckItem("data plane namespace exists", "give a namespace that exists with -n",
            async c =>
            {
                if (ns is not null)
                {
                    await target.RequireAsync<Namespace>(null, ns, c);
                }
            }) { Fatal = true },
        new CheckItem(
            "data plane pods are in the mesh",
            "pods that were started before their node's proxy, or before they were annotated, are not in the mesh: restart them with `kubectl rollout restart`",
            async cancellationToken =>
            {
                var wanted = await WantedPodsAsync(target, ns, cancellationToken);
                var query = new VizQuery(ns ?? "", "pod", "", TimeSpan.FromMinutes(1));
                var meshed = (await target.Viz.StatAsync(query, cancellationToken))
                    .Where(r => !r.Meshed.StartsWith('0'))
                    .Select(r => (r.Namespace, r.Name)).ToHashSet();
                Require(wanted.Where(p => !meshed.Contains((p.Metadata.Namespace ?? "", p.Metadata.Name))), "not in the mesh");
            }) { Retry = true },
        new CheckItem(
            "data plane pod labels are configured correctly",
            $"make {MeshNames.InjectAnnotation} and {ConfigPrefix}… annotations: as labels they have no effect",
            async cancellationToken =>
            {
                var pods = await target.Kubernetes.ListAllAsync<Pod>(ns, null, cancellationToken);
                Require(
                    pods.Items.Where(p => p.Metadata.Labels.Keys.Any(k => k == MeshNames.InjectAnnotation || k.StartsWith(ConfigPrefix, StringComparison.Ordinal))),
                    "these have annotations as labels");
            }) { Warning = true },
        new CheckItem(
            "data plane service labels are configured correctly",
            $"make {ConfigPrefix}… an annotation: as a label it has no effect",
            async cancellationToken =>
            {
                var services = await target.Kubernetes.ListAllAsync<Service>(ns, null, cancellationToken);
                Require(
                    services.Items.Where(s => s.Metadata.Labels.Keys.Any(k => k.StartsWith(ConfigPrefix, StringComparison.Ordinal))),
                    "these have annotations as labels");
            }) { Warning = true },
        new CheckItem(
            "data plane service annotations are configured correctly",
            $"make {ExportLabel} a label: as an annotation it has no effect",
            async cancellationToken =>
            {
                var services = await target.Kubernetes.ListAllAsync<Service>(ns, null, cancellationToken);
                Require(services.Items.Where(s => s.Metadata.Annotations.ContainsKey(ExportLabel)), "these have labels as annotations");
            }) { Warning = true },
    ]);

    private static async Task<IEnumerable<Pod>> WantedPodsAsync(CheckTarget target, string? ns, CancellationToken cancellationToken)
    {
        var pods = (await target.Kubernetes.ListAllAsync<Pod>(ns, null, cancellationToken)).Items;
        var injected = (await target.Kubernetes.ListAllAsync<Namespace>(null, null, cancellationToken)).Items
            .ToDictionary(n => n.Metadata.Name, n => n.Metadata.Annotations.GetValueOrDefault(MeshNames.InjectAnnotation));
        return pods.Where(p =>
            p is { Spec.HostNetwork: not true, Status.Phase: "Running", Metadata.DeletionTimestamp: null }
            && (p.Metadata.Annotations.GetValueOrDefault(MeshNames.InjectAnnotation)
                ?? injected.GetValueOrDefault(p.Metadata.Namespace ?? "")) == "enabled");
    }

    private static void Require(IEnumerable<IKubernetesResource> offenders, string problem)
    {
        var names = offenders.Select(o => $"{o.Metadata.Namespace}/{o.Metadata.Name}").ToList();
        if (names.Count > 0)
        {
            throw new CheckFailedException($"{problem}: {string.Join(", ", names.Take(10))}{(names.Count > 10 ? $" and {names.Count - 10} more" : "")}");
        }
    }
}
