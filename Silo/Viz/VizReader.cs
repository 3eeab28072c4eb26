using System.Reflection;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Ports;
using Mesh.Grains.Viz;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.Traffic;
using Mesh.Interfaces.Viz;
using Mesh.Silo.Hosting;
using Mesh.Silo.Membership;
using Mesh.Silo.NodeSessions;

namespace Mesh.Silo.Viz;

/// <summary>Gathers what the viz API answers with.</summary>
internal sealed partial class VizReader(
    IGrainFactory grains,
    IClusterView view,
    ISiloMembers members,
    NodeSessionRegistry sessions,
    TimeProvider time,
    ILogger<VizReader> logger,
    MembershipHome? home = null)
{
    private static readonly TimeSpan GrainTimeout = TimeSpan.FromSeconds(3);

    private static readonly string Version =
        typeof(VizReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public async Task<IReadOnlyList<VizStatRow>> StatAsync(VizRequest request, CancellationToken cancellationToken) =>
        VizStatPlanner.Plan(request.Query, view, await TrafficAsync(request, cancellationToken));

    public async Task<IReadOnlyList<VizAuthzRow>> AuthzAsync(VizRequest request, CancellationToken cancellationToken) =>
        VizAuthzPlanner.Plan(request.Query, view, await TrafficAsync(request, cancellationToken));

    public async Task<MeshStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var links = view.Links.Select(l => l.Name).Distinct().Order(StringComparer.Ordinal).ToArray();
        return new MeshStatus
        {
            Cluster = view.ClusterName.Value,
            Version = Version,
            Engine = members.Engine,
            Silos =
            [
                .. members.Current.OrderBy(m => m.Cluster, StringComparer.Ordinal).ThenBy(m => m.Address.ToString(), StringComparer.Ordinal)
                    .Select(m => new MeshStatus.SiloStatus { Address = m.Address.ToString(), Cluster = m.Cluster, Alive = m.Alive }),
            ],
            Links = await Task.WhenAll(links.Select(l => LinkAsync(l, cancellationToken))),
            Nodes = await NodesAsync(cancellationToken),
            Membership = home is null ? null : new MeshStatus.MembershipRow
            {
                Home = home.Cluster,
                Server = home.Connection.Client.Server.ToString(),
                Problem = home.Problem ?? "",
            },
        };
    }

    // Only namespaces with meshed pods have traffic; asking others would wake their grains for nothing.
    private async Task<IReadOnlyDictionary<string, TrafficSummary>> TrafficAsync(VizRequest request, CancellationToken cancellationToken)
    {
        var pods = request.Query.Namespace.Length > 0 ? view.PodsInNamespace(request.Query.Namespace) : view.Pods;
        var namespaces = pods.Where(p => MeshedPods.IsMeshed(p, view.Namespace(p.Namespace))).Select(p => p.Namespace).Distinct();
        var answers = namespaces.Select(async ns => (
            Namespace: ns,
            Summary: await grains.GetGrain<ITrafficGrain>(new NamespaceKey(view.ClusterName, ns).ToString())
                .Query(request.Window, cancellationToken).WaitAsync(GrainTimeout, time, cancellationToken)));
        return (await Task.WhenAll(answers)).ToDictionary(a => a.Namespace, a => a.Summary, StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<string>> NodesAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> nodes = sessions.Nodes;
        try
        {
            nodes = nodes.Concat(await grains.GetGrain<INodeSessionsGrain>(view.ClusterName.Value).List()
                .WaitAsync(GrainTimeout, time, cancellationToken));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNoNodes(e.Message);
        }
        return [.. nodes.Distinct().Order(StringComparer.Ordinal)];
    }

    private async Task<MeshStatus.LinkRow> LinkAsync(string name, CancellationToken cancellationToken)
    {
        var ns = view.Links.FirstOrDefault(l => l.Name == name)?.Namespace ?? "";
        var target = view.Links.FirstOrDefault(l => l.Name == name)?.TargetCluster ?? "";
        try
        {
            var key = new LinkKey(view.ClusterName, name);
            var status = await grains.GetGrain<ILinkGrain>(key.ToString()).GetStatus(cancellationToken)
                .WaitAsync(GrainTimeout, time, cancellationToken);
            return new MeshStatus.LinkRow
            {
                Name = name,
                Namespace = ns,
                TargetCluster = status.TargetCluster.Length > 0 ? status.TargetCluster : target,
                State = status.State.ToString(),
                Message = status.Message,
                Mirrors = status.Mirrors.Count(m => m.Mirrored),
            };
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The one thing that does not answer must not hide all others.
            return new MeshStatus.LinkRow
            {
                Name = name,
                Namespace = ns,
                TargetCluster = target,
                State = nameof(LinkState.Suspect),
                Message = $"The Link's grain does not answer: {e.Message} Are the silos of cluster {view.ClusterName} connected?",
                Mirrors = 0,
            };
        }
    }

    [LoggerMessage(7001, LogLevel.Warning, "The status lists only this silo's node sessions: the cluster's others could not be "
        + "asked for. {Problem}")]
    private partial void LogNoNodes(string problem);
}
