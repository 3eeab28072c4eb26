using System.Collections.Frozen;
using Google.Protobuf;
using Mesh.Grains.Endpoints;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Grains.Publishing;
using Mesh.Grains.Scheduling;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.NodeSession;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Mesh.Grains.Nodes;

/// <inheritdoc cref="INodeProxyGrain"/>
[Reentrant, HomeCluster]
internal sealed partial class NodeProxyGrain : Grain, INodeProxyGrain, IClusterChangeListener
{
    /// <summary>How long a demanded destination waits for its endpoints; the proxy holds the connection for a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>More than a node's proxy reconnects in the seconds until its silo notices.</summary>
    private const int MaxReplaced = 64;

    private readonly IClusterView _view;
    private readonly IMeshMembership _membership;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeProxyGrain> _logger;
    private readonly CoalescedWork _pushes;
    private readonly List<IDisposable> _subscriptions = [];
    private readonly Dictionary<ServiceKey, FollowedEndpointSet> _followed = [];
    private readonly HashSet<Guid> _replaced = [];

    /// <summary>What was last said in the log about what another cluster says, so that it is not said again and again.</summary>
    private readonly Dictionary<ServiceKey, string> _complaints = [];

    private ChangeSignal? _signal;
    private IGrainTimer? _retry;
    private NodeSession? _session;

    /// <summary>Read on informers' threads: which addresses a change must touch to concern this node.</summary>
    private volatile FrozenSet<string> _addresses = FrozenSet<string>.Empty;

    public NodeProxyGrain(IClusterView view, IMeshMembership membership, TimeProvider time, ILogger<NodeProxyGrain> logger)
    {
        _view = view;
        _membership = membership;
        _time = time;
        _logger = logger;
        _pushes = new CoalescedWork(Push);
    }

    private NodeKey Key => NodeKey.Parse(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var self = this.AsReference<IClusterChangeListener>();
        var signal = _signal = new ChangeSignal(self.OnClusterChange, _logger);
        var node = Key.Name;
        _subscriptions.Add(_view.Subscribe(
            new ClusterFilter(ClusterTopic.Namespaces | ClusterTopic.Policies | ClusterTopic.Links | ClusterTopic.Routes), _ => signal.Set()));
        _subscriptions.Add(_view.Subscribe(new ClusterFilter(ClusterTopic.Pods | ClusterTopic.Services), change =>
        {
            if (change.Node == node || change.Ips.Any(_addresses.Contains))
            {
                signal.Set();
            }
        }));
        // Its zone is part of what its pods are told.
        _subscriptions.Add(_view.Subscribe(new ClusterFilter(ClusterTopic.Nodes, null, node), _ => signal.Set()));
        _subscriptions.Add(_membership.Subscribe(signal.Set));
        this.RegisterGrainTimer(OnTimer, SubscriptionTerms.RenewalTimer);
        _retry = this.RegisterGrainTimer(
            OnRetry, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _session = null;
        return Task.CompletedTask;
    }

    public Task Attach(INodeSessionObserver session, Guid sessionId, byte[] hello, CancellationToken cancellationToken = default)
    {
        var now = _time.GetUtcNow();
        if (_replaced.Contains(sessionId))
        {
            // A broken session that its silo has not noticed yet must not take the node back from the one that followed it.
            return Task.CompletedTask;
        }
        var said = Hello.Parser.ParseFrom(hello);
        if (_session?.Id == sessionId)
        {
            _session.Ledger.Renew(said, now);
        }
        else
        {
            if (_session is { } earlier)
            {
                if (_replaced.Count >= MaxReplaced)
                {
                    _replaced.Clear();
                }
                _replaced.Add(earlier.Id);
            }
            _session = new NodeSession(sessionId, session.OnUpdate, new NodeSessionLedger(said, now));
            LogAttached(Key, sessionId);
        }
        _session.RenewedAt = now;
        _pushes.Request();
        return Task.CompletedTask;
    }

    public Task Detach(Guid sessionId)
    {
        _replaced.Remove(sessionId);
        if (_session?.Id == sessionId)
        {
            _session = null;
            _pushes.Request();
            LogDetached(Key, sessionId);
        }
        return Task.CompletedTask;
    }

    public Task Demand(Guid sessionId, byte[] demand)
    {
        if (_session?.Id == sessionId)
        {
            _session.Ledger.Apply(Mesh.Interfaces.NodeSession.Demand.Parser.ParseFrom(demand), _time.GetUtcNow());
            _pushes.Request();
        }
        return Task.CompletedTask;
    }

    public Task OnEndpointSet(EndpointSetSnapshot snapshot)
    {
        if (_followed.TryGetValue(snapshot.Service, out var followed) && followed.TryTake(snapshot))
        {
            _pushes.Request();
        }
        return Task.CompletedTask;
    }

    public async Task OnClusterChange()
    {
        await Task.Delay(ChangeSignal.Debounce, _time);
        _signal?.Reset();
        _pushes.Request();
    }

    private Task OnTimer()
    {
        if (_session is { } session && _time.GetUtcNow() - session.RenewedAt > SubscriptionTerms.Lease)
        {
            LogExpired(Key, session.Id);
            _session = null;
        }
        foreach (var followed in _followed.Values)
        {
            Renew(followed);
        }
        _pushes.Request();
        return Task.CompletedTask;
    }

    private Task OnRetry()
    {
        _pushes.Request();
        return Task.CompletedTask;
    }

    /// <summary>Sends the session what it does not hold yet. It asks for nothing of another cluster, so it never waits for one.</summary>
    private async Task Push()
    {
        if (!_view.Synced.IsCompletedSuccessfully)
        {
            return;
        }
        var session = _session;
        var demanded = session?.Ledger.Demanded ?? [];
        // Before the view is read, so that no change falls between.
        _addresses = demanded.Select(address => address.Ip).ToFrozenSet();
        var sets = _followed.Values
            .Where(followed => followed.Snapshot is not null)
            .ToDictionary(followed => followed.Service, followed => followed.Snapshot!);
        try
        {
            var composition = NodeComposer.Compose(Key.Name, _view, demanded, sets, IsSuspect);
            FollowOnly([.. composition.EndpointSets.Values]);
            if (session is null)
            {
                return;
            }
            var updates = session.Ledger.Take(composition, _time.GetUtcNow(), Patience, out var nextTry);
            _retry?.Change(nextTry ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            foreach (var update in updates)
            {
                await session.Send(update.ToByteArray()).WaitAsync(SubscriptionTerms.CallTimeout, _time);
            }
        }
        catch (Exception exception)
        {
            // What the proxy has received is uncertain now. The session's owner attaches again every few seconds and says what it holds.
            LogPushFailed(Key, session?.Id ?? Guid.Empty, exception);
            if (_session == session)
            {
                _session = null;
            }
        }
    }

    private void FollowOnly(HashSet<ServiceKey> wanted)
    {
        foreach (var service in _followed.Keys.Where(service => !wanted.Contains(service)).ToList())
        {
            _followed.Remove(service);
            _complaints.Remove(service);
            // The subscription ends by itself: it is not renewed, and a push for it is not taken.
        }
        foreach (var service in wanted.Where(service => !_followed.ContainsKey(service)))
        {
            var self = this.AsReference<IEndpointSetSubscriber>();
            var followed = new FollowedEndpointSet(
                service, held => GrainFactory.GetGrain<IEndpointSetGrain>(service.ToString()).Subscribe(self, held),
                said => Judge(service, said), _time);
            _followed.Add(service, followed);
            Renew(followed);
        }
    }

    private void Renew(FollowedEndpointSet followed)
    {
        // A cluster whose silos are all gone is not called: each call would only wait.
        if (followed.Service.Cluster == _view.ClusterName || _membership.IsAlive(followed.Service.Cluster))
        {
            followed.Renew(_pushes.Request, exception => LogRenewalFailed(Key, followed.Service, exception));
        }
    }

    /// <summary>This cluster's own grains are believed. Of another's it is used what can be true.</summary>
    private EndpointSetSnapshot? Judge(ServiceKey service, EndpointSetSnapshot said)
    {
        if (service.Cluster == _view.ClusterName)
        {
            return said;
        }
        var declared = _view.Links.Where(link => link.TargetCluster == service.Cluster.Value)
            .SelectMany(link => link.PodNetworks.IsDefault ? [] : link.PodNetworks).ToList();
        var accepted = EndpointSetGuard.Accept(
            said, service, declared.Count > 0 ? declared : _view.ClusterNetworks, out var problem);
        if (problem is not null && _complaints.GetValueOrDefault(service) != problem)
        {
            LogMisbehaves(Key, service.Cluster, service, problem);
        }
        if (problem is null)
        {
            _complaints.Remove(service);
        }
        else
        {
            _complaints[service] = problem;
        }
        return accepted;
    }

    private bool IsSuspect(ServiceKey service) =>
        service.Cluster != _view.ClusterName
        && (!_membership.IsAlive(service.Cluster) || (_followed.TryGetValue(service, out var followed) && followed.IsFailing));

    [LoggerMessage(3040, LogLevel.Information, "{Node}: session {Session} begins.")]
    private partial void LogAttached(NodeKey node, Guid session);

    [LoggerMessage(3041, LogLevel.Information, "{Node}: session {Session} ended.")]
    private partial void LogDetached(NodeKey node, Guid session);

    [LoggerMessage(3042, LogLevel.Warning, "{Node}: session {Session} was not renewed for a minute and is dropped.")]
    private partial void LogExpired(NodeKey node, Guid session);

    [LoggerMessage(3043, LogLevel.Warning,
        "{Node}: session {Session} could not be sent an update; it is begun anew when it is attached again.")]
    private partial void LogPushFailed(NodeKey node, Guid session, Exception exception);

    [LoggerMessage(3045, LogLevel.Warning,
        "{Node}: cluster {Cluster} misbehaves over the endpoints of {Service}: {Problem}. If its pods are there, say so with "
            + "'mesh multicluster link --pod-networks' or in the setting clusterNetworks; otherwise have a look at its silos.")]
    private partial void LogMisbehaves(NodeKey node, ClusterName cluster, ServiceKey service, string problem);

    [LoggerMessage(3044, LogLevel.Warning,
        "{Node}: the endpoints of {Service} could not be asked for; the last known ones stay. They are asked for again in a few seconds.")]
    private partial void LogRenewalFailed(NodeKey node, ServiceKey service, Exception exception);
}
