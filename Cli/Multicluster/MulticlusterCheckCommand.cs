using System.CommandLine;
using Mesh.Cli.Check;
using Mesh.Cli.CommandLine;
using Mesh.Interfaces.Links;
using Mesh.Interfaces.Viz;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Multicluster;

/// <summary><c>mesh multicluster check</c>: whether this cluster's Links are good and lead somewhere.</summary>
internal static class MulticlusterCheckCommand
{
    private const string MirrorLabel = "mirror.linkerd.io/mirrored-service";
    private const string ClusterLabel = "mirror.linkerd.io/cluster-name";
    private const string LinkAgain = "make it again: `mesh --context <target> multicluster link --cluster-name=<name> | kubectl apply -f -`";

    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var options = new CheckOptions();
        var command = new Command("check", "Check this cluster's Links and the mirror services that come of them.");
        options.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var target = new CheckTarget(environment, globals, parse);
            return await options.RunAsync(environment, parse, [.. KubernetesChecks.Create(target), HomeChecks.Create(target), Links(target)], cancellationToken);
        });
        return command;
    }

    private static CheckCategory Links(CheckTarget target) => new("mesh-multicluster",
    [
        new CheckItem("Link CRD exists", "run `mesh install --crds | kubectl apply -f -`",
            c => target.RequireAsync(CustomResourceDefinition.Definition, null, c, $"{Link.Definition.Plural}.{Link.Definition.Group}")) { Fatal = true },
        new CheckItem("Link resources are valid", LinkAgain, c => ValidAsync(target, c)) { Fatal = true },
        new CheckItem("Link and CLI versions match", LinkAgain, c => VersionsAsync(target, c)) { Warning = true },
        new CheckItem(
            "target clusters' silos are reached",
            $"silos of both clusters must reach each other on port {MeshNames.SiloPort}; if the target's silos have new addresses, {LinkAgain}",
            c => StatesAsync(target, l => l.State is nameof(LinkState.UnknownCluster) or nameof(LinkState.Suspect), c)) { Retry = true },
        new CheckItem(
            "clusters share trust anchors",
            "install both clusters with the same --identity-trust-anchors-file; silos with other anchors refuse each other",
            c => ReachedAsync(target, c)) { Retry = true },
        new CheckItem(
            "Links are followed",
            $"see `kubectl get links.multicluster.linkerd.io -A -o yaml` and the logs of statefulset/{MeshNames.Silo}",
            c => StatesAsync(target, l => l.State is not nameof(LinkState.Connected), c)) { Retry = true },
        new CheckItem(
            "all mirror services are part of a Link",
            "delete the services named, or link their cluster again",
            c => OrphansAsync(target, c)) { Warning = true },
    ]);

    private static async Task ValidAsync(CheckTarget target, CancellationToken cancellationToken)
    {
        var list = await target.Kubernetes.ListAllAsync<Link>(null, null, cancellationToken);
        var problems = list.Undecodable.Select(u => $"{u.Namespace}/{u.Name} cannot be read: {u.Error}").ToList();
        foreach (var link in list.Items)
        {
            var name = $"{link.Metadata.Namespace}/{link.Metadata.Name}";
            if (!Identity.DnsLabel.IsValid(link.Spec.TargetClusterName))
            {
                problems.Add($"{name}: targetClusterName \"{link.Spec.TargetClusterName}\" cannot be part of service names");
            }
            if (link.Spec.RemoteDiscoverySelector is null or { IsEmpty: true } && link.Spec.FederatedServiceSelector is null or { IsEmpty: true })
            {
                problems.Add($"{name}: its selectors are empty, so that nothing is mirrored");
            }
            if (!link.Metadata.Annotations.ContainsKey(MeshNames.SeedsAnnotation))
            {
                problems.Add($"{name}: without the annotation {MeshNames.SeedsAnnotation} the target's silos cannot be found");
            }
        }
        foreach (var twice in list.Items.GroupBy(l => l.Spec.TargetClusterName).Where(g => g.Count() > 1))
        {
            problems.Add($"several Links have the targetClusterName \"{twice.Key}\"");
        }
        if (problems.Count > 0)
        {
            throw new CheckFailedException(string.Join('\n', problems));
        }
    }

    private static async Task VersionsAsync(CheckTarget target, CancellationToken cancellationToken)
    {
        var expected = $"mesh/cli {MeshNames.Version}";
        var others = (await LinkList.ReadAsync(target.Kubernetes, cancellationToken))
            .Where(l => l.Metadata.Annotations.GetValueOrDefault("linkerd.io/created-by") != expected)
            .Select(l => $"{l.Metadata.Name} was made by {l.Metadata.Annotations.GetValueOrDefault("linkerd.io/created-by") ?? "hand"}").ToList();
        if (others.Count > 0)
        {
            throw new CheckFailedException($"{string.Join(", ", others)}; this is {expected}");
        }
    }

    private static async Task StatesAsync(CheckTarget target, Func<MeshStatus.LinkRow, bool> isBad, CancellationToken cancellationToken)
    {
        var links = await LinkList.ReadAsync(target.Kubernetes, cancellationToken);
        var status = await target.StatusAsync(cancellationToken);
        var bad = status.Links.Where(isBad).Select(l => $"{l.Namespace}/{l.Name} ({l.TargetCluster}): {l.State}{(l.Message.Length > 0 ? $", {l.Message}" : "")}");
        var unknown = links.Where(l => !status.Links.Any(s => s.Name == l.Metadata.Name && s.Namespace == l.Metadata.Namespace))
            .Select(l => $"{l.Metadata.Namespace}/{l.Metadata.Name}: no silo has taken it up");
        string[] problems = [.. bad, .. unknown];
        if (problems.Length > 0)
        {
            throw new CheckFailedException(string.Join('\n', problems));
        }
    }

    /// <summary>Silos prove themselves to each other with certificates, so that one alive in another cluster shows that the anchors are shared.</summary>
    private static async Task ReachedAsync(CheckTarget target, CancellationToken cancellationToken)
    {
        var status = await target.StatusAsync(cancellationToken);
        var alive = status.Silos.Where(s => s.Alive).Select(s => s.Cluster).ToHashSet();
        var silent = status.Links.Where(l => !alive.Contains(l.TargetCluster)).Select(l => $"{l.Name} ({l.TargetCluster})").ToList();
        if (silent.Count > 0)
        {
            throw new CheckFailedException($"no silo of the target has joined, so its trust anchors are not known: {string.Join(", ", silent)}");
        }
    }

    private static async Task OrphansAsync(CheckTarget target, CancellationToken cancellationToken)
    {
        var links = (await LinkList.ReadAsync(target.Kubernetes, cancellationToken)).Select(l => l.Spec.TargetClusterName).ToHashSet();
        var options = new ListOptions { LabelSelector = $"{MirrorLabel}=true" };
        var orphans = (await target.Kubernetes.ListAllAsync<Service>(null, options, cancellationToken)).Items
            .Where(s => s.Metadata.Labels.GetValueOrDefault(ClusterLabel) is { } cluster && !links.Contains(cluster))
            .Select(s => $"{s.Metadata.Namespace}/{s.Metadata.Name}").ToList();
        if (orphans.Count > 0)
        {
            throw new CheckFailedException($"mirror services without a Link: {string.Join(", ", orphans)}");
        }
    }
}
