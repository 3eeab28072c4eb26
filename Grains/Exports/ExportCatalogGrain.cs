using System.Collections.Immutable;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Grains.Publishing;
using Mesh.Grains.Scheduling;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Mesh.Grains.Exports;

/// <inheritdoc cref="IExportCatalogGrain"/>
[Reentrant, HomeCluster]
internal sealed partial class ExportCatalogGrain : Grain, IExportCatalogGrain, IClusterChangeListener
{
    private readonly IClusterView _view;
    private readonly TimeProvider _time;
    private readonly ILogger<ExportCatalogGrain> _logger;
    private readonly SequenceClock _sequence;
    private readonly ConflatingPublisher<GrainId, ExportCatalogSnapshot> _publisher;
    private readonly Dictionary<GrainId, Follower> _followers = [];
    private ChangeSignal? _signal;
    private IDisposable? _subscription;

    public ExportCatalogGrain(IClusterView view, TimeProvider time, ILogger<ExportCatalogGrain> logger)
    {
        _view = view;
        _time = time;
        _logger = logger;
        _sequence = new SequenceClock(time);
        _publisher = new(time, SubscriptionTerms.Lease, SubscriptionTerms.CallTimeout, LogPushFailed);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var self = this.AsReference<IClusterChangeListener>();
        var signal = _signal = new ChangeSignal(self.OnClusterChange, _logger);
        _subscription = _view.Subscribe(new ClusterFilter(ClusterTopic.Services), _ => signal.Set());
        this.RegisterGrainTimer(OnTimer, SubscriptionTerms.RenewalTimer);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public async Task<ExportCatalogSnapshot?> Subscribe(
        IExportCatalogSubscriber subscriber, ExportSelectors selectors, ulong heldVersion, CancellationToken cancellationToken = default)
    {
        await _view.Synced.WaitAsync(cancellationToken);
        var key = subscriber.GetGrainId();
        var catalog = Plan(selectors) with { Sequence = _sequence.Next() };
        _followers[key] = new Follower(selectors, catalog.Version);
        _publisher.Renew(key, subscriber.OnExportCatalog);
        return catalog.Version == heldVersion ? null : catalog;
    }

    public Task Unsubscribe(IExportCatalogSubscriber subscriber)
    {
        var key = subscriber.GetGrainId();
        _publisher.Remove(key);
        _followers.Remove(key);
        return Task.CompletedTask;
    }

    public async Task OnClusterChange()
    {
        await Task.Delay(ChangeSignal.Debounce, _time);
        _signal?.Reset();
        PublishChanges();
    }

    private Task OnTimer()
    {
        foreach (var key in _publisher.Expire())
        {
            _followers.Remove(key);
        }
        PublishChanges();
        return Task.CompletedTask;
    }

    private void PublishChanges()
    {
        if (!_view.Synced.IsCompletedSuccessfully)
        {
            return;
        }
        foreach (var (key, follower) in _followers.ToImmutableArray())
        {
            var catalog = Plan(follower.Selectors);
            if (catalog.Version != follower.Version)
            {
                _followers[key] = follower with { Version = catalog.Version };
                _publisher.Publish(key, catalog with { Sequence = _sequence.Next() });
            }
        }
    }

    private ExportCatalogSnapshot Plan(ExportSelectors selectors) =>
        ExportCatalogPlanner.Plan(ClusterName.Parse(this.GetPrimaryKeyString()), _view.Services, selectors);

    [LoggerMessage(3010, LogLevel.Warning,
        "The export catalog could not be sent to {Subscriber}; it will be told when it renews its subscription, every few seconds.")]
    private partial void LogPushFailed(GrainId subscriber, Exception exception);

    private sealed record Follower(ExportSelectors Selectors, ulong Version);
}
