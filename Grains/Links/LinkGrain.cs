using System.Collections.Immutable;
using Mesh.Grains.Exports;
using Mesh.Grains.Observed;
using Mesh.Grains.Placement;
using Mesh.Grains.Ports;
using Mesh.Grains.Publishing;
using Mesh.Grains.Scheduling;
using Mesh.Interfaces.Exports;
using Mesh.Interfaces.Keys;
using Mesh.Interfaces.Links;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Mesh.Grains.Links;

/// <inheritdoc cref="ILinkGrain"/>
[Reentrant, HomeCluster]
internal sealed partial class LinkGrain : Grain, ILinkGrain, IClusterChangeListener
{
    private readonly IClusterView _view;
    private readonly IMeshMembership _membership;
    private readonly TimeProvider _time;
    private readonly ILogger<LinkGrain> _logger;
    private readonly MirrorWriter _writer;
    private readonly OrphanWatch _orphans;
    private readonly DateTimeOffset _createdAt;
    private readonly CoalescedWork _passes;
    private readonly CoalescedWork _following;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _subscriptions = [];
    private ChangeSignal? _signal;
    private CatalogFollower? _follower;
    private string? _lastTargetName;
    private DateTimeOffset? _failingSince;
    private LinkStatus? _status;

    public LinkGrain(
        IClusterView view, IClusterWriter writer, IMeshMembership membership, TimeProvider time, ILogger<LinkGrain> logger)
    {
        _view = view;
        _membership = membership;
        _time = time;
        _logger = logger;
        _createdAt = time.GetUtcNow();
        _writer = new MirrorWriter(writer, time);
        _orphans = new OrphanWatch(time);
        _passes = new CoalescedWork(Pass);
        _following = new CoalescedWork(Follow);
    }

    private LinkKey Key => LinkKey.Parse(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var self = this.AsReference<IClusterChangeListener>();
        var signal = _signal = new ChangeSignal(self.OnClusterChange, _logger);
        _subscriptions.Add(_view.Subscribe(
            new ClusterFilter(ClusterTopic.Links | ClusterTopic.Namespaces | ClusterTopic.Services), _ => signal.Set()));
        _subscriptions.Add(_membership.Subscribe(signal.Set));
        this.RegisterGrainTimer(_ => Reconcile(), SubscriptionTerms.RenewalTimer);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        await _stopping.CancelAsync();
    }

    public async Task Reconcile(CancellationToken cancellationToken = default)
    {
        await _view.Synced.WaitAsync(cancellationToken);
        await _passes.Run();
        // Not awaited by the pass itself: what can be done here does not wait for a cluster that does not answer.
        await _following.Run();
    }

    public Task OnExportCatalog(ExportCatalogSnapshot snapshot)
    {
        if (_follower?.TryTake(snapshot) == true)
        {
            _following.Request();
        }
        return Task.CompletedTask;
    }

    public async Task<LinkStatus> GetStatus(CancellationToken cancellationToken = default)
    {
        await _view.Synced.WaitAsync(cancellationToken);
        if (_status is null)
        {
            await _passes.Run();
        }
        return _status!;
    }

    public async Task OnClusterChange()
    {
        await Task.Delay(ChangeSignal.Debounce, _time);
        _signal?.Reset();
        _passes.Request();
        _following.Request();
    }

    /// <summary>Renews the subscription, asks about news, and plans anew whenever there were some.</summary>
    private async Task Follow()
    {
        if (_follower is not { } follower || !_membership.IsAlive(follower.Target))
        {
            return;
        }
        try
        {
            await follower.AskAboutNews();
            await _passes.Run();
            await follower.Renew();
            if (_failingSince is not null)
            {
                _failingSince = null;
                LogTargetAnswers(Key, follower.Target);
            }
        }
        catch (Exception exception)
        {
            if (_failingSince is null)
            {
                _failingSince = _time.GetUtcNow();
                LogTargetFails(Key, follower.Target, exception);
            }
        }
        await _passes.Run();
    }

    private async Task Pass()
    {
        if (!_view.Synced.IsCompletedSuccessfully)
        {
            return;
        }
        try
        {
            var link = _view.Links
                .Where(link => link.Name == Key.Name)
                .OrderBy(link => link.CreatedAt)
                .ThenBy(link => link.Namespace, StringComparer.Ordinal)
                .FirstOrDefault();
            await (link is null ? PassWithoutLink() : Pass(link));
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            LogPassFailed(Key, exception);
        }
        catch (OperationCanceledException)
        {
            // The activation ends; the next one makes a pass of its own.
        }
    }

    private async Task PassWithoutLink()
    {
        var follower = _follower;
        var goneTarget = _lastTargetName;
        _follower = null;
        _status = new LinkStatus(Key, "", LinkState.Invalid, $"There is no Link {Key.Name} in cluster {Key.Cluster}.", []);
        await _writer.Delete(_orphans.Ripe(MirrorPlanner.Orphans(_view), goneTarget), _stopping.Token);
        if (follower is not null)
        {
            await Unsubscribe(follower);
        }
    }

    private async Task Pass(ObservedLink link)
    {
        var formerTarget = _lastTargetName == link.TargetClusterName ? null : _lastTargetName;
        _lastTargetName = link.TargetClusterName;
        await _writer.Delete(_orphans.Ripe(MirrorPlanner.Orphans(_view), formerTarget), _stopping.Token);
        if (!LinkValidator.TryValidate(link, _view.Links, out var target, out var problem))
        {
            await Stand(link, LinkState.Invalid, problem, "LinkInvalid");
            await _writer.ReportState(link, LinkState.Invalid, problem, _stopping.Token);
            return;
        }
        var former = Retarget(target, new ExportSelectors(link.RemoteDiscoverySelector));
        if (former is not null)
        {
            await Unsubscribe(former);
        }
        var (state, message, reason) = State(target);
        // A silo that has just started has met nobody yet: it has no reason to contradict what was said before it.
        if (state != LinkState.UnknownCluster || reason is not null)
        {
            await _writer.ReportState(link, state, message, _stopping.Token);
        }
        if (_follower?.Catalog is null)
        {
            await Stand(link, state, message, reason);
            return;
        }
        var plan = MirrorPlanner.Plan(link, _follower.Exported, _follower.Described, _view);
        if (reason is not null)
        {
            plan = plan with { Events = plan.Events.Add(StateEvent(link, reason, message)) };
        }
        var mirrors = await _writer.Carry(plan, _stopping.Token);
        _status = new LinkStatus(Key, target.Value, state, message, mirrors);
        if (_follower.HasAsked)
        {
            await _writer.Report(link, mirrors, _stopping.Token);
        }
    }

    /// <summary>Keeps the follower, or replaces it when the Link asks for something else now.</summary>
    /// <returns>The follower of another cluster that was replaced, to be unsubscribed.</returns>
    private CatalogFollower? Retarget(ClusterName target, ExportSelectors selectors)
    {
        var former = _follower;
        if (former?.Target != target)
        {
            _failingSince = null;
        }
        if (former is not null
            && former.Target == target
            && ExportCatalogPlanner.Version(target, former.Selectors, []) == ExportCatalogPlanner.Version(target, selectors, []))
        {
            return null;
        }
        var self = this.AsReference<IExportCatalogSubscriber>();
        _follower = new CatalogFollower(
            target,
            selectors,
            (wanted, held) => GrainFactory.GetGrain<IExportCatalogGrain>(target.Value).Subscribe(self, wanted, held),
            (service, wanted) => GrainFactory.GetGrain<IExportedServiceGrain>(service.ToString()).Describe(wanted),
            problem => LogMisbehaves(Key, target, problem),
            _time);
        return former is not null && former.Target != target ? former : null;
    }

    /// <summary>The Link's state where nothing can be planned: no catalog has been seen, so mirrors that exist stay as they are.</summary>
    private async Task Stand(ObservedLink link, LinkState state, string message, string? reason)
    {
        _status = new LinkStatus(Key, link.TargetCluster, state, message, _status?.Mirrors ?? []);
        await _writer.Emit(reason is null ? [] : [StateEvent(link, reason, message)], _stopping.Token);
    }

    private (LinkState State, string Message, string? Reason) State(ClusterName target)
    {
        if (!_membership.IsKnown(target))
        {
            // A silo that has just started has met nobody yet; no event before it has had the time to.
            return (
                LinkState.UnknownCluster,
                $"No silo of cluster {target} has joined the mesh. Check that the mesh runs there under that cluster name, that the Link "
                    + $"was made with 'mesh --context {target} multicluster link', and that port 11111 of its silos can be reached from here.",
                _time.GetUtcNow() - _createdAt > SubscriptionTerms.SuspectAfter ? "TargetClusterUnknown" : null);
        }
        if (!_membership.IsAlive(target) || _time.GetUtcNow() - _failingSince >= SubscriptionTerms.SuspectAfter)
        {
            return (
                LinkState.Suspect,
                $"The silos of cluster {target} do not answer. Mirrors and endpoints stay as they were; traffic goes on while its pods "
                    + "answer. Check the silos there and the network to them.",
                "TargetClusterSuspect");
        }
        return (LinkState.Connected, "", null);
    }

    private async Task Unsubscribe(CatalogFollower follower)
    {
        if (!_membership.IsAlive(follower.Target))
        {
            return;
        }
        try
        {
            await GrainFactory.GetGrain<IExportCatalogGrain>(follower.Target.Value)
                .Unsubscribe(this.AsReference<IExportCatalogSubscriber>())
                .WaitAsync(SubscriptionTerms.CallTimeout, _time, _stopping.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogUnsubscribeFailed(Key, follower.Target, exception);
        }
    }

    private static ClusterEvent StateEvent(ObservedLink link, string reason, string message) => new(
        "multicluster.linkerd.io/v1alpha3", "Link", link.Namespace, link.Name, link.Uid, "Warning", reason, message,
        $"linkerd-service-mirror-{link.TargetClusterName}");

    [LoggerMessage(3030, LogLevel.Warning,
        "{Link}: cluster {Target} could not be asked for its exports. Mirrors stay as they are; it is asked again every few seconds.")]
    private partial void LogTargetFails(LinkKey link, ClusterName target, Exception exception);

    [LoggerMessage(3031, LogLevel.Information, "{Link}: cluster {Target} answers again.")]
    private partial void LogTargetAnswers(LinkKey link, ClusterName target);

    [LoggerMessage(3034, LogLevel.Warning, "{Link}: cluster {Target} misbehaves over its exports: {Problem}. Have a look at its silos.")]
    private partial void LogMisbehaves(LinkKey link, ClusterName target, string problem);

    [LoggerMessage(3032, LogLevel.Error, "{Link}: mirrors could not be reconciled; another attempt follows in a few seconds.")]
    private partial void LogPassFailed(LinkKey link, Exception exception);

    [LoggerMessage(3033, LogLevel.Debug, "{Link}: the subscription to cluster {Target} could not be ended; it ends by itself.")]
    private partial void LogUnsubscribeFailed(LinkKey link, ClusterName target, Exception exception);
}
