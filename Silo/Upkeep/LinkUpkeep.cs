using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;

namespace Mesh.Silo.Upkeep;

/// <summary>
/// Wakes the grain of every Link. Links that were deleted are reconciled for a while longer, and so are mirrors whose Link was deleted
/// while no silo ran: their grain removes them.
/// </summary>
internal sealed class LinkUpkeep(IGrainFactory grains, IClusterView view, TimeProvider time, ILogger<LinkUpkeep> logger)
    : ReconcileLoop(view, ClusterTopic.Links, time, logger)
{
    private const string MirroredService = "mirror.linkerd.io/mirrored-service";
    private const string ClusterLabel = "mirror.linkerd.io/cluster-name";

    // How long a deleted Link is remembered; its mirrors, while there are any, keep it in mind longer.
    private static readonly TimeSpan DeletedFor = TimeSpan.FromMinutes(1);

    private readonly IClusterView _view = view;
    private readonly TimeProvider _time = time;
    private readonly Dictionary<string, long> _deleted = new(StringComparer.Ordinal);

    protected override string NameOf(ClusterChange change) => change.Name;

    protected override void OnChanged(string name)
    {
        if (_view.Links.Any(l => l.Name == name))
        {
            _deleted.Remove(name);
        }
        else
        {
            _deleted[name] = _time.GetTimestamp();
        }
    }

    protected override IReadOnlySet<string> All()
    {
        var links = _view.Links;
        var names = links.Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        var targets = links.Select(l => l.TargetClusterName).ToHashSet(StringComparer.Ordinal);
        names.UnionWith(_view.Services.Select(MirroredFrom).OfType<string>().Where(target => !targets.Contains(target)));
        foreach (var (name, since) in _deleted.ToArray())
        {
            if (_time.GetElapsedTime(since) > DeletedFor)
            {
                _deleted.Remove(name);
            }
        }
        names.UnionWith(_deleted.Keys);
        return names;
    }

    protected override Task ReconcileAsync(string name, CancellationToken cancellationToken) =>
        grains.GetGrain<ILinkGrain>(new LinkKey(_view.ClusterName, name).ToString()).Reconcile(cancellationToken);

    private static string? MirroredFrom(ObservedService service) =>
        service.Labels.GetValueOrDefault(MirroredService) == "true" ? service.Labels.GetValueOrDefault(ClusterLabel) : null;
}
