using System.Collections.Immutable;
using Mesh.Grains.Observed;
using Mesh.Grains.Ports;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;
using Mesh.Silo.ClusterState.Mapping;
using Mesh.Silo.Health;

namespace Mesh.Silo.ClusterState;

/// <summary>
/// Runs an informer per kind and keeps the <see cref="ClusterView"/> what they see. Kinds whose definition may not be installed yet (Links,
/// policy and routes) count as listed while the API server does not know them, and are tried again.
/// </summary>
internal sealed partial class ClusterInformers : BackgroundService, IReadiness
{
    private const int ByReplicaSet = 0;

    private static readonly TimeSpan DefinitionRetry = TimeSpan.FromSeconds(2);

    private readonly KubernetesClient _client;
    private readonly ClusterView _view;
    private readonly LinkSeeds _seeds;
    private readonly TimeProvider _time;
    private readonly ClusterStateMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ObservedTable<ReplicaSet> _replicaSets = new();
    private readonly ObservedTable<Pod> _podsByReplicaSet =
        new(p => PodMapping.ReplicaSetOf(p) is { } set ? [$"{p.Metadata.Namespace}/{set}"] : []);

    // Pods are mapped when they change and when their replica set does, on two informers' threads.
    private readonly Lock _podLock = new();
    private ImmutableList<string> _waiting = [];

    public ClusterInformers(
        KubernetesClient client,
        ClusterView view,
        LinkSeeds seeds,
        TimeProvider time,
        ClusterStateMetrics metrics,
        ILogger<ClusterInformers> logger)
    {
        _client = client;
        _view = view;
        _seeds = seeds;
        _time = time;
        _metrics = metrics;
        _logger = logger;
    }

    public string? Missing =>
        _view.Synced.IsCompletedSuccessfully ? null : $"the API server has not yet listed {string.Join(", ", Volatile.Read(ref _waiting))}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Informer<T> Make<T>()
            where T : class, IKubernetesResource<T> => new(_client, null, null, _logger, _time);

        var started = _time.GetTimestamp();
        var runs = new List<Task>();
        var listed = new List<Task>();

        void Run<T>(Informer<T> informer, bool optional, Action<ResourceChange<T>> changed)
            where T : class, IKubernetesResource<T>
        {
            var plural = T.Definition.Plural;
            var sync = new TaskCompletionSource();
            ImmutableInterlocked.Update(ref _waiting, w => w.Add(plural));
            informer.Changed += change =>
            {
                _metrics.Changed(plural);
                changed(change);
            };
            runs.Add(RunAsync(informer, optional, sync, stoppingToken));
            listed.Add(sync.Task);
        }

        var view = _view;
        using var settling = new PolicySettling(_time, () => view.Synced.IsCompleted);
        Run(Make<Namespace>(), false, Into<Namespace, ObservedNamespace>(
            view.NamespaceTable, NodeMapping.Map, ClusterTopic.Namespaces, n => n.Metadata.Name));
        Run(Make<Node>(), false, Into<Node, ObservedNode>(view.NodeTable, NodeMapping.Map, ClusterTopic.Nodes, _ => ""));
        Run(Make<ReplicaSet>(), false, OnReplicaSet);
        Run(Make<Pod>(), false, OnPod);
        Run(Make<Service>(), false, OnService);
        Run(Make<EndpointSlice>(), false, OnSlice);
        var links = Into<Link, ObservedLink>(view.LinkTable, LinkMapping.Map, ClusterTopic.Links, Namespace);
        Run(Make<Link>(), true, links + _seeds.Take);
        var servers = Make<Server>();
        view.BrokenServers = () => servers.Undecodable.Select(PolicyMapping.Map);
        servers.ItemUndecodable += broken => view.Announce(new ClusterChange(ClusterTopic.Policies, broken.Namespace, broken.Name));
        Run(servers, true, Settled(Into<Server, ObservedServer>(
            view.ServerTable, PolicyMapping.Map, ClusterTopic.Policies, Namespace)));
        Run(Make<AuthorizationPolicy>(), true, Settled(Into<AuthorizationPolicy, ObservedAuthorizationPolicy>(
            view.AuthorizationPolicyTable, PolicyMapping.Map, ClusterTopic.Policies, Namespace)));
        Run(Make<MeshTLSAuthentication>(), true, Settled(Into<MeshTLSAuthentication, ObservedMeshTlsAuthentication>(
            view.MeshTlsTable, PolicyMapping.Map, ClusterTopic.Policies, Namespace)));
        Run(Make<NetworkAuthentication>(), true, Settled(Into<NetworkAuthentication, ObservedNetworkAuthentication>(
            view.NetworkTable, PolicyMapping.Map, ClusterTopic.Policies, Namespace)));

        Run(Make<HttpRoute>(), true, IntoRoutes<HttpRoute>(RouteMapping.Map));
        Run(Make<PolicyHttpRoute>(), true, IntoRoutes<PolicyHttpRoute>(RouteMapping.Map));
        Run(Make<GrpcRoute>(), true, IntoRoutes<GrpcRoute>(RouteMapping.Map));

        runs.Add(MarkSyncedAsync());
        await Task.WhenAll(runs);

        async Task MarkSyncedAsync()
        {
            await Task.WhenAll(listed).WaitAsync(stoppingToken);
            _view.MarkSynced();
            LogSynced(_view.Services.Count, _view.Pods.Count, _time.GetElapsedTime(started).TotalMilliseconds);
        }

        static string Namespace(IKubernetesResource resource) => resource.Metadata.Namespace ?? "";

        Action<ResourceChange<T>> Settled<T>(Action<ResourceChange<T>> changed)
            where T : class, IKubernetesResource<T> => change => settling.Take(() =>
            {
                try
                {
                    changed(change);
                }
                catch (Exception e)
                {
                    // It runs on a timer's thread, where nobody else would catch it: one odd object must not end the silo.
                    LogNotTaken(T.Definition.Kind, Namespace(change.Current), change.Current.Metadata.Name, e);
                }
            });
    }

    private async Task RunAsync<T>(Informer<T> informer, bool optional, TaskCompletionSource listed, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        await using var owned = informer;
        if (optional)
        {
            await WaitForDefinitionAsync<T>(() => Listed<T>(listed), cancellationToken);
        }
        var run = informer.RunAsync(cancellationToken);
        try
        {
            await informer.Synced;
            Listed<T>(listed);
        }
        catch (OperationCanceledException)
        {
            // It ended before its first list; its end says why.
        }
        await run;
    }

    private void Listed<T>(TaskCompletionSource listed)
        where T : class, IKubernetesResource<T>
    {
        ImmutableInterlocked.Update(ref _waiting, w => w.Remove(T.Definition.Plural));
        listed.TrySetResult();
    }

    private async Task WaitForDefinitionAsync<T>(Action absent, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        var told = false;
        while (true)
        {
            try
            {
                await _client.ListAsync<T>(null, new ListOptions { Limit = 1 }, cancellationToken);
                return;
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                if (!told)
                {
                    LogNoDefinition(T.Definition.Plural, T.Definition.Group);
                }
                told = true;
                absent();
            }
            catch (Exception e) when (e is KubernetesException or HttpRequestException or TimeoutException)
            {
                // The informer deals with it, and says so.
                return;
            }
            await Task.Delay(DefinitionRetry, _time, cancellationToken);
        }
    }

    private Action<ResourceChange<T>> Into<T, TObserved>(
        ObservedTable<TObserved> table, Func<T, TObserved> map, ClusterTopic topic, Func<T, string> ns)
        where T : class, IKubernetesResource<T>
        where TObserved : class => change =>
    {
        var (key, name) = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
        if (change.New is { } now)
        {
            table.Set(key, name, map(now), out _);
        }
        else
        {
            table.Remove(key, name, out _);
        }
        _view.Announce(new ClusterChange(topic, ns(change.Current), name));
    };

    private Action<ResourceChange<T>> IntoRoutes<T>(Func<T, ObservedRoute> map)
        where T : class, IKubernetesResource<T> => change =>
    {
        var (ns, name) = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
        var key = $"{T.Definition.Plural}.{T.Definition.Group}/{name}";
        if (change.New is { } now)
        {
            _view.RouteTable.Set(ns, key, map(now), out _);
        }
        else
        {
            _view.RouteTable.Remove(ns, key, out _);
        }
        _view.Announce(new ClusterChange(ClusterTopic.Routes, ns, name));
    };

    private void OnService(ResourceChange<Service> change)
    {
        var (ns, name) = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
        ObservedService? old, now = null;
        if (change.New is { } service)
        {
            now = ServiceMapping.Map(service);
            _view.ServiceTable.Set(ns, name, now, out old);
        }
        else
        {
            _view.ServiceTable.Remove(ns, name, out old);
        }
        _view.Announce(new ClusterChange(ClusterTopic.Services, ns, name, "", Both(old?.ClusterIps, now?.ClusterIps)));
    }

    private void OnSlice(ResourceChange<EndpointSlice> change)
    {
        var (ns, name) = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
        ObservedEndpointSlice? old, now = null;
        if (change.New is { } slice)
        {
            now = ServiceMapping.Map(slice);
            _view.SliceTable.Set(ns, name, now, out old);
        }
        else
        {
            _view.SliceTable.Remove(ns, name, out old);
        }
        // A slice that changes hands concerns both services.
        foreach (var service in new[] { old?.ServiceName, now?.ServiceName }.OfType<string>().Distinct())
        {
            _view.Announce(new ClusterChange(ClusterTopic.EndpointSlices, ns, service));
        }
    }

    private void OnReplicaSet(ResourceChange<ReplicaSet> change)
    {
        var (ns, name) = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
        if (change.New is not { } set)
        {
            // Its pods keep the owner they have had; they will not outlive it long.
            _replicaSets.Remove(ns, name, out _);
            return;
        }
        _replicaSets.Set(ns, name, set, out var old);
        if (old is not null)
        {
            return;
        }
        lock (_podLock)
        {
            foreach (var pod in _podsByReplicaSet.Find(ByReplicaSet, $"{ns}/{name}"))
            {
                SetPod(pod, onlyIfOwnerChanged: true);
            }
        }
    }

    private void OnPod(ResourceChange<Pod> change)
    {
        lock (_podLock)
        {
            if (change.New is { } pod)
            {
                _podsByReplicaSet.Set(pod.Metadata.Namespace ?? "", pod.Metadata.Name, pod, out _);
                SetPod(pod, onlyIfOwnerChanged: false);
                return;
            }
            var (ns, name) = (change.Current.Metadata.Namespace ?? "", change.Current.Metadata.Name);
            _podsByReplicaSet.Remove(ns, name, out _);
            _view.PodTable.Remove(ns, name, out var old);
            _view.Announce(new ClusterChange(ClusterTopic.Pods, ns, name, old?.Node ?? "", old?.Ips ?? []));
        }
    }

    private void SetPod(Pod pod, bool onlyIfOwnerChanged)
    {
        var now = PodMapping.Map(pod, _replicaSets.Get);
        var before = _view.PodTable.Get(now.Namespace, now.Name);
        if (onlyIfOwnerChanged && before is not null && (before.OwnerKind, before.OwnerName) == (now.OwnerKind, now.OwnerName))
        {
            return;
        }
        _view.PodTable.Set(now.Namespace, now.Name, now, out var old);
        var node = now.Node.Length > 0 ? now.Node : old?.Node ?? "";
        _view.Announce(new ClusterChange(ClusterTopic.Pods, now.Namespace, now.Name, node, Both(old?.Ips, now.Ips)));
    }

    private static ImmutableArray<string> Both(ImmutableArray<string>? old, ImmutableArray<string>? now) =>
        [.. (old ?? []).Union(now ?? [], StringComparer.Ordinal)];

    [LoggerMessage(3001, LogLevel.Information, "The cluster's state is listed: {Services} services, {Pods} pods, after "
        + "{Milliseconds:0} ms.")]
    private partial void LogSynced(int services, int pods, double milliseconds);

    [LoggerMessage(
        3002, LogLevel.Warning, "The API server has no {Plural}.{Group} yet; going on without. Install the CRDs ('mesh install', "
            + "'mesh multicluster install'; those of gateway.networking.k8s.io only if you want its routes).")]
    private partial void LogNoDefinition(string plural, string group);

    [LoggerMessage(3003, LogLevel.Error, "A change of {Kind} {Namespace}/{Name} could not be taken over; what was known of it stays.")]
    private partial void LogNotTaken(string kind, string @namespace, string name, Exception exception);
}
