using System.Collections.Immutable;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Grains.Publishing;
using Mesh.Grains.Resilience;
using Mesh.Grains.Routes;
using Mesh.Grains.Scheduling;
using Mesh.Grains.Versions;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Policies;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Mesh.Grains.Policies;

/// <inheritdoc cref="IPolicyStatusGrain"/>
[Reentrant, HomeCluster]
internal sealed partial class PolicyStatusGrain : Grain, IPolicyStatusGrain, IClusterChangeListener
{
    private readonly IClusterView _view;
    private readonly IClusterWriter _writer;
    private readonly TimeProvider _time;
    private readonly ILogger<PolicyStatusGrain> _logger;
    private readonly RecentWrites<string> _writes;
    private readonly CoalescedWork _passes;
    private readonly CancellationTokenSource _stopping = new();
    private ImmutableHashSet<ClusterEvent> _warned = [];
    private ChangeSignal? _signal;
    private IDisposable? _subscription;
    private IDisposable? _services;

    public PolicyStatusGrain(IClusterView view, IClusterWriter writer, TimeProvider time, ILogger<PolicyStatusGrain> logger)
    {
        _view = view;
        _writer = writer;
        _time = time;
        _logger = logger;
        _writes = new RecentWrites<string>(time);
        _passes = new CoalescedWork(Pass);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var self = this.AsReference<IClusterChangeListener>();
        var signal = _signal = new ChangeSignal(self.OnClusterChange, _logger);
        // Of every namespace, for a policy may refer to an authentication in another one.
        _subscription = _view.Subscribe(new ClusterFilter(ClusterTopic.Policies), _ => signal.Set());
        _services = _view.Subscribe(
            new ClusterFilter(ClusterTopic.Services | ClusterTopic.Routes, NamespaceKey.Parse(this.GetPrimaryKeyString()).Name), _ => signal.Set());
        this.RegisterGrainTimer(_ => Reconcile(), SubscriptionTerms.RenewalTimer);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        _services?.Dispose();
        await _stopping.CancelAsync();
    }

    public async Task Reconcile(CancellationToken cancellationToken = default)
    {
        await _view.Synced.WaitAsync(cancellationToken);
        await _passes.Run();
    }

    public async Task OnClusterChange()
    {
        await Task.Delay(ChangeSignal.Debounce, _time);
        _signal?.Reset();
        _passes.Request();
    }

    private async Task Pass()
    {
        if (!_view.Synced.IsCompletedSuccessfully)
        {
            return;
        }
        var key = NamespaceKey.Parse(this.GetPrimaryKeyString());
        try
        {
            foreach (var (policy, conditions) in PolicyStatusPlanner.Plan(key.Name, _view, _time.GetUtcNow()))
            {
                var hash = new ContentHash();
                foreach (var condition in conditions)
                {
                    hash.Add((condition with { LastTransitionTime = default }).ToString());
                }
                if (_writes.Has(policy.Uid, hash.Value))
                {
                    continue;
                }
                var result = await _writer.PatchPolicyStatus(policy, conditions, _stopping.Token);
                if (result.IsDone)
                {
                    _writes.Add(policy.Uid, hash.Value);
                }
                else
                {
                    LogWriteFailed(key, policy.Kind, policy.Name, result.Message);
                }
            }
            await WriteRoutes(key);
            await Warn(key);
        }
        catch (OperationCanceledException)
        {
            // The activation ends; the next one makes a pass of its own.
        }
        catch (Exception exception)
        {
            LogPassFailed(key, exception);
        }
    }

    private async Task WriteRoutes(NamespaceKey key)
    {
        foreach (var (route, parents) in RouteStatusPlanner.Plan(key.Name, _view, _time.GetUtcNow()))
        {
            var hash = new ContentHash();
            foreach (var parent in parents)
            {
                hash.Add(RouteStatusPlanner.Meaning(parent));
            }
            if (_writes.Has(route.Uid, hash.Value))
            {
                continue;
            }
            var result = await _writer.PatchRouteStatus(route, parents, _stopping.Token);
            if (result.IsDone)
            {
                _writes.Add(route.Uid, hash.Value);
            }
            else
            {
                LogWriteFailed(key, route.Kind, route.Name, result.Message);
            }
        }
    }

    /// <summary>An event says the same thing once, until what it is about changes.</summary>
    private async Task Warn(NamespaceKey key)
    {
        var events = AnnotationWarnings.Plan(key.Name, _view);
        foreach (var warning in events.Where(warning => !_warned.Contains(warning)))
        {
            if ((await _writer.EmitEvent(warning, _stopping.Token)).IsDone)
            {
                LogAnnotation(key, warning.Kind, warning.Name, warning.Message);
                _warned = _warned.Add(warning);
            }
        }
        _warned = _warned.Intersect(events);
    }

    [LoggerMessage(3050, LogLevel.Warning,
        "{Namespace}: the status of {Kind} {Name} could not be written and will be tried again: {Problem}")]
    private partial void LogWriteFailed(NamespaceKey @namespace, string kind, string name, string problem);

    [LoggerMessage(3052, LogLevel.Warning, "{Namespace}: {Kind} {Name}: {Problem}")]
    private partial void LogAnnotation(NamespaceKey @namespace, string kind, string name, string problem);

    [LoggerMessage(3051, LogLevel.Error,
        "{Namespace}: the status of its policy objects could not be reconciled; another attempt follows in a few seconds.")]
    private partial void LogPassFailed(NamespaceKey @namespace, Exception exception);
}
