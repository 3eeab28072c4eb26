using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;

namespace Mesh.Grains.Tests.Fakes;

/// <summary>Keeps what was written, and shows it in the view as informers would.</summary>
internal sealed class FakeClusterWriter(FakeClusterView view) : IClusterWriter
{
    private readonly Lock _lock = new();
    private readonly List<string> _log = [];
    private int _uids;

    public Func<MirrorServiceSpec, WriteResult?>? OnApply { get; set; }

    /// <summary>Off: writes succeed but the view does not show them yet.</summary>
    public bool ShowsWrites { get; set; } = true;

    public List<ClusterEvent> Events { get; } = [];

    public Dictionary<string, ImmutableArray<ObservedLinkServiceStatus>> LinkStatuses { get; } = [];

    public Dictionary<PolicyObject, ImmutableArray<ObservedCondition>> PolicyStatuses { get; } = [];

    public Dictionary<RouteObject, ImmutableArray<ObservedRouteParentStatus>> RouteStatuses { get; } = [];

    public ImmutableArray<string> Log
    {
        get
        {
            lock (_lock)
            {
                return [.. _log];
            }
        }
    }

    public Task<WriteResult> ApplyMirror(MirrorServiceSpec mirror, CancellationToken cancellationToken)
    {
        if (OnApply?.Invoke(mirror) is { } refused)
        {
            Add($"refused {mirror.Namespace}/{mirror.Name}");
            return Task.FromResult(refused);
        }
        Add($"apply {mirror.Namespace}/{mirror.Name}");
        if (ShowsWrites)
        {
            var existing = view.Service(mirror.Namespace, mirror.Name);
            view.Put(new ObservedService(
                mirror.Namespace, mirror.Name, existing?.Uid ?? $"uid-{Interlocked.Increment(ref _uids)}", "1", mirror.Labels, mirror.Annotations,
                "ClusterIP", existing?.ClusterIps ?? ["10.120.0.7"], false, mirror.Ports));
        }
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> DeleteMirror(string ns, string name, string uid, CancellationToken cancellationToken)
    {
        Add($"delete {ns}/{name}");
        if (ShowsWrites)
        {
            view.Remove<ObservedService>(ns, name, ClusterTopic.Services);
        }
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> DeleteEndpoints(string ns, string name, CancellationToken cancellationToken)
    {
        Add($"delete-endpoints {ns}/{name}");
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> PatchLinkStatus(
        ObservedLink link, ImmutableArray<ObservedLinkServiceStatus> mirrorServices, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            LinkStatuses[link.Name] = mirrorServices;
        }
        if (ShowsWrites)
        {
            view.Put(view.Links.Single(known => known.Name == link.Name) with { MirrorServices = mirrorServices });
        }
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> PatchLinkConditions(
        ObservedLink link, ImmutableArray<ObservedCondition> conditions, CancellationToken cancellationToken)
    {
        if (ShowsWrites)
        {
            view.Put(view.Links.Single(known => known.Name == link.Name) with { Conditions = conditions });
        }
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> EmitEvent(ClusterEvent clusterEvent, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Events.Add(clusterEvent);
        }
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> PatchPolicyStatus(
        PolicyObject policy, ImmutableArray<ObservedCondition> conditions, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            PolicyStatuses[policy] = conditions;
        }
        return Task.FromResult(WriteResult.Done);
    }

    public Task<WriteResult> PatchRouteStatus(
        RouteObject route, ImmutableArray<ObservedRouteParentStatus> parents, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            RouteStatuses[route] = parents;
        }
        return Task.FromResult(WriteResult.Done);
    }

    private void Add(string line)
    {
        lock (_lock)
        {
            _log.Add(line);
        }
    }
}
