using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>A request, or a connection, that a pod makes: chooses its endpoint, another one when that is not there.</summary>
internal sealed class OutboundExchange(OutboundConnection client) : Exchange(client)
{
    private EndpointState? _endpoint;
    private EndpointState? _failed;
    // Chosen for a retry.
    private EndpointState? _next;
    private int _era;
    private int _attempts;
    private int _retries;
    private bool _isTrial;
    // What the attempt has said about its endpoint; null: nothing yet.
    private bool? _hasFailed;

    public override bool RetriesRemain => Settings.Retry is { } rule && _retries < rule.Limit;

    public override bool IsTrial => _isTrial;

    private OutboundBinding Binding => client.Binding!;

    public override int Admit(in RequestView request)
    {
        BeginSpan(request);
        Binding.Refresh(Owner.Snapshot, client.Destination);
        _attempts = 0;
        _retries = 0;
        _failed = null;
        _isTrial = false;
        var routes = Binding.Destination?.Routes ?? RouteTable.Empty;
        Settings = routes.IsUniform ? routes.Default : routes.Find(request.Method, RequestPath.Of(request.Target), request);
        if (Settings.Retry is not null)
        {
            Binding.Retries.Deposit(Owner.Loop.Now);
        }
        return 0;
    }

    public override UpstreamStart StartUpstream(UpstreamAttempt attempt, bool fresh, out ProxyError error, out string reason)
    {
        if (attempt is UpstreamAttempt.First or UpstreamAttempt.Retry)
        {
            _attempts = 0;
            _failed = null;
        }
        if (client.IsUnknown)
        {
            return attempt == UpstreamAttempt.First ? DialUnknown(out error, out reason) : Give(out error, out reason);
        }
        while (Pick() is { } endpoint)
        {
            var resources = Binding.Resources(endpoint, Owner);
            Series = resources.Series(Settings, Owner);
            TlsContext? context = null;
            if (endpoint.Model.IsMeshed && (context = Owner.Certificate(client.Pod)) is null)
            {
                Release(failed: false);
                return Give(out error, out reason, ProxyError.NoCertificate, "this pod's service account has no certificate yet");
            }
            while (!fresh && resources.Pool.Take() is { } pooled)
            {
                if (pooled.TryReuse(client, context, IsUnrepeatable))
                {
                    Upstream = pooled;
                    error = ProxyError.None;
                    reason = "";
                    return UpstreamStart.Ready;
                }
            }
            if (context is not null && Owner.Options.ShareConnections && client.IsHttp)
            {
                var session = resources.Pool.Sessions.Find(context)
                    ?? UpstreamSession.Dial(
                        Owner, client.Pod, endpoint.Model.Address, resources.Pool, context, endpoint.Model.Workload, out reason);
                if (session is not null)
                {
                    Upstream = UpstreamConnection.Tunnel(Owner, session, resources.Pool, client, out var isOpen);
                    error = ProxyError.None;
                    reason = "";
                    return isOpen ? UpstreamStart.Ready : UpstreamStart.Pending;
                }
                reason = "the system has no sockets left";
                return Give(out error, out reason, ProxyError.Connect, reason);
            }
            Upstream = UpstreamConnection.Dial(
                Owner, client.Pod, endpoint.Model.Address, resources.Pool, context, MeshProtocol.Stream, endpoint.Model.Workload,
                client, out reason);
            if (Upstream is not null)
            {
                error = ProxyError.None;
                return UpstreamStart.Pending;
            }
            client.Count(ProxyError.Connect, reason);
            Binding.LastFailure = reason;
            Release(failed: true);
        }
        Series = Binding.WithoutEndpoint(Owner);
        return Give(out error, out reason);
    }

    public override bool TryRetry()
    {
        if (Settings.Retry is not { } rule)
        {
            return false;
        }
        if (_retries >= rule.Limit)
        {
            OnRetriesExhausted();
            return false;
        }
        var (now, precisely) = (Owner.Loop.Now, Owner.Loop.NowMicroseconds);
        var balancer = Binding.Balancer;
        if (!Binding.Retries.TryWithdraw(now)
            || (_next = balancer.Pick(now, precisely, _endpoint) ?? balancer.Pick(now, precisely, null)) is null)
        {
            Series?.RetryRefused(byLimit: false);
            return false;
        }
        _retries++;
        Series?.RetryStarted();
        return true;
    }

    public override void OnRetriesExhausted() => Series?.RetryRefused(byLimit: true);

    public override void Classify(bool failed, bool retryable)
    {
        if (_endpoint is not { } endpoint || _hasFailed is not null)
        {
            return;
        }
        _hasFailed = failed;
        Binding.Balancer.Report(endpoint, _era, failed, Owner.Loop.Now);
        if (_retries > 0 && !retryable)
        {
            Series?.RetrySucceeded();
        }
    }

    public override void OnTimedOut(long elapsedMicroseconds)
    {
        _endpoint?.Observe(elapsedMicroseconds, Owner.Loop.NowMicroseconds);
        Classify(failed: true, retryable: true);
    }

    public override void OnAnswered(long latencyMicroseconds) =>
        _endpoint?.Succeeded(latencyMicroseconds, Owner.Loop.NowMicroseconds);

    public override void OnConnectFailed(string reason) => Binding.LastFailure = reason;

    public override void FinishUpstream(bool reusable, bool failed)
    {
        var stays = _endpoint is null or { IsRemoved: false, Model.Ready: true };
        Release(failed);
        base.FinishUpstream(reusable && stays, failed);
    }

    public override void Abandon(bool abort)
    {
        Release(failed: false);
        base.Abandon(abort);
    }

    public override UpstreamStart StartSession(
        UpstreamAttempt attempt, ISessionWaiter waiter, out UpstreamSession? session, out ProxyError error, out string reason)
    {
        session = null;
        if (attempt is UpstreamAttempt.First or UpstreamAttempt.Retry)
        {
            _attempts = 0;
            _failed = null;
        }
        while (Pick() is { } endpoint)
        {
            var resources = Binding.Resources(endpoint, Owner);
            Series = resources.Series(Settings, Owner);
            TlsContext? context = null;
            if (endpoint.Model.IsMeshed && (context = Owner.Certificate(client.Pod)) is null)
            {
                Release(failed: false);
                return Give(out error, out reason, ProxyError.NoCertificate, "this pod's service account has no certificate yet");
            }
            var start = Share(
                resources.Pool, endpoint.Model.Address, context, endpoint.Model.Workload, waiter, out session, out reason);
            if (start != UpstreamStart.Unavailable)
            {
                error = ProxyError.None;
                return start;
            }
            client.Count(ProxyError.Connect, reason);
            Binding.LastFailure = reason;
            Release(failed: true);
        }
        Series = Binding.WithoutEndpoint(Owner);
        return Give(out error, out reason);
    }

    public override void FinishSession(bool failed) => Release(failed);

    /// <summary>Counts into the series of what has no endpoint.</summary>
    public void CountWithoutEndpoint() => Series = Binding.WithoutEndpoint(Owner);

    private EndpointState? Pick()
    {
        if (_attempts++ >= Owner.Options.ConnectAttempts)
        {
            return null;
        }
        _endpoint = _next ?? Binding.Balancer.Pick(Owner.Loop.Now, Owner.Loop.NowMicroseconds, _failed);
        _next = null;
        if (_endpoint is { } endpoint)
        {
            endpoint.InFlight++;
            _isTrial = endpoint.Failures > 0 && (_isTrial || _attempts == 1);
            _era = endpoint.Era;
            _hasFailed = null;
        }
        return _endpoint;
    }

    private UpstreamStart DialUnknown(out ProxyError error, out string reason)
    {
        var pool = client.Pod.Pool(client.Destination, "");
        Upstream = UpstreamConnection.Dial(Owner, client.Pod, client.Destination, pool, null, MeshProtocol.None, default, client, out reason);
        error = Upstream is null ? ProxyError.Connect : ProxyError.None;
        return Upstream is null ? UpstreamStart.Unavailable : UpstreamStart.Pending;
    }

    private void Release(bool failed)
    {
        var endpoint = _endpoint;
        if (endpoint is null)
        {
            return;
        }
        _endpoint = null;
        endpoint.InFlight--;
        if (failed)
        {
            endpoint.Failed(Owner.Loop.Now);
            _failed = endpoint;
            if (_hasFailed != true)
            {
                Binding.Balancer.Report(endpoint, _era, failed: true, Owner.Loop.Now);
            }
        }
        else if (_hasFailed is null)
        {
            endpoint.Abandon(_era);
        }
    }

    private UpstreamStart Give(out ProxyError error, out string reason, ProxyError why = ProxyError.NoEndpoint, string? because = null)
    {
        error = why;
        var name = Binding.Destination is { Service.Length: > 0 } known ? $"{known.Service}.{known.Namespace}" : client.Destination.ToString();
        var last = Binding.LastFailure.Length > 0 ? Binding.LastFailure : "tried a moment ago";
        var balancer = Binding.Balancer;
        var ready = balancer.ReadyCount;
        var outOfUse = balancer.CountOut(out var firstBack);
        if (because is null && ready > 0 && outOfUse == ready)
        {
            error = ProxyError.EndpointsOut;
            var who = ready == 1 ? $"the only endpoint of {name} is" : $"all {ready} endpoints of {name} are";
            because = firstBack > Owner.Loop.Now
                ? $"{who} out after consecutive failures, the next attempt is made in {firstBack - Owner.Loop.Now} ms"
                : $"{who} out after consecutive failures, and the request that finds out whether it is over is under way";
        }
        var part = outOfUse > 0 ? $" ({outOfUse} of {ready} are out after consecutive failures)" : "";
        reason = because ?? (ready > 0 || client.IsUnknown ? $"no endpoint of {name} can be reached{part}, last failure: {last}"
            : balancer.Endpoints.Count > 0 ? $"no endpoint of {name} is ready" : $"no endpoints of {name}");
        return UpstreamStart.Unavailable;
    }
}
