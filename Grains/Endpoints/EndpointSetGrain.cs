using System.Collections.Frozen;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Grains.Publishing;
using Mesh.Grains.Scheduling;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Keys;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Mesh.Grains.Endpoints;

/// <inheritdoc cref="IEndpointSetGrain"/>
[Reentrant, HomeCluster]
internal sealed partial class EndpointSetGrain : Grain, IEndpointSetGrain, IClusterChangeListener
{
    private readonly IClusterView _view;
    private readonly TimeProvider _time;
    private readonly ILogger<EndpointSetGrain> _logger;
    private readonly SequenceClock _sequence;
    private readonly ConflatingPublisher<GrainId, EndpointSetSnapshot> _publisher;
    private readonly List<IDisposable> _subscriptions = [];
    private EndpointSetSnapshot? _snapshot;
    private ChangeSignal? _signal;

    /// <summary>Read on informers' threads: a namespace's other pods are none of this grain's business.</summary>
    private volatile FrozenSet<string> _pods = FrozenSet<string>.Empty;

    public EndpointSetGrain(IClusterView view, TimeProvider time, ILogger<EndpointSetGrain> logger)
    {
        _view = view;
        _time = time;
        _logger = logger;
        _sequence = new SequenceClock(time);
        _publisher = new(time, SubscriptionTerms.Lease, SubscriptionTerms.CallTimeout, LogPushFailed);
    }

    private ServiceKey Key => ServiceKey.Parse(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var self = this.AsReference<IClusterChangeListener>();
        var signal = _signal = new ChangeSignal(self.OnClusterChange, _logger);
        var key = Key;
        _subscriptions.Add(_view.Subscribe(
            new ClusterFilter(ClusterTopic.EndpointSlices | ClusterTopic.Services, key.Namespace, key.Name), _ => signal.Set()));
        _subscriptions.Add(_view.Subscribe(
            new ClusterFilter(ClusterTopic.Namespaces | ClusterTopic.Policies | ClusterTopic.Nodes, key.Namespace), _ => signal.Set()));
        _subscriptions.Add(_view.Subscribe(new ClusterFilter(ClusterTopic.Pods, key.Namespace), change =>
        {
            if (_pods.Contains(change.Name))
            {
                signal.Set();
            }
        }));
        this.RegisterGrainTimer(OnTimer, SubscriptionTerms.RenewalTimer);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        return Task.CompletedTask;
    }

    public async Task<EndpointSetSnapshot?> Subscribe(
        IEndpointSetSubscriber subscriber, ulong heldVersion, CancellationToken cancellationToken = default)
    {
        await _view.Synced.WaitAsync(cancellationToken);
        Refresh();
        _publisher.Renew(subscriber.GetGrainId(), subscriber.OnEndpointSet);
        return _snapshot!.Version == heldVersion ? null : _snapshot;
    }

    public Task Unsubscribe(IEndpointSetSubscriber subscriber)
    {
        _publisher.Remove(subscriber.GetGrainId());
        return Task.CompletedTask;
    }

    public async Task OnClusterChange()
    {
        await Task.Delay(ChangeSignal.Debounce, _time);
        _signal?.Reset();
        Refresh();
    }

    private Task OnTimer()
    {
        _publisher.Expire();
        Refresh();
        return Task.CompletedTask;
    }

    /// <summary>Looks at the view and tells every subscriber if the endpoints are others than before.</summary>
    private void Refresh()
    {
        if (!_view.Synced.IsCompletedSuccessfully)
        {
            return;
        }
        // Before the view is read: a pod that is not known yet will be, and must then be noticed.
        _pods = _view.EndpointSlices(Key.Namespace, Key.Name)
            .SelectMany(slice => slice.Endpoints.IsDefault ? [] : slice.Endpoints)
            .Select(endpoint => endpoint.Pod)
            .OfType<string>()
            .ToFrozenSet();
        var snapshot = EndpointSetPlanner.Plan(Key, _view);
        if (snapshot.Version == _snapshot?.Version)
        {
            return;
        }
        _snapshot = snapshot with { Sequence = _sequence.Next() };
        foreach (var subscriber in _publisher.Subscribers)
        {
            _publisher.Publish(subscriber, _snapshot);
        }
    }

    [LoggerMessage(3020, LogLevel.Warning,
        "An endpoint set could not be sent to {Subscriber}; it will be told when it renews its subscription, every few seconds.")]
    private partial void LogPushFailed(GrainId subscriber, Exception exception);
}
