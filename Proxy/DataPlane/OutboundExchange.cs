using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>A request, or a connection, that a pod makes: chooses its endpoint, another one when that is not there.</summary>
internal sealed class OutboundExchange(OutboundConnection client) : Exchange(client)
{
    private EndpointState? _endpoint;
    private EndpointState? _failed;
    private int _attempts;

    private OutboundBinding Binding => client.Binding!;

    public override int Admit(in RequestView request)
    {
        Binding.Refresh(Owner.Snapshot, client.Destination);
        _attempts = 0;
        _failed = null;
        return 0;
    }

    public override UpstreamStart StartUpstream(UpstreamAttempt attempt, bool fresh, out ProxyError error, out string reason)
    {
        if (attempt == UpstreamAttempt.First)
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
            Series = resources.Series;
            TlsContext? context = null;
            if (endpoint.Model.IsMeshed && (context = Owner.Certificate(client.Pod)) is null)
            {
                Release(failed: false);
                return Give(out error, out reason, ProxyError.NoCertificate, "this pod's service account has no certificate yet");
            }
            while (!fresh && resources.Pool.Take() is { } pooled)
            {
                if (pooled.TryReuse(client, context))
                {
                    Upstream = pooled;
                    error = ProxyError.None;
                    reason = "";
                    return UpstreamStart.Ready;
                }
            }
            Upstream = UpstreamConnection.Dial(
                Owner, client.Pod, endpoint.Model.Address, resources.Pool, context, endpoint.Model.Workload, client, out reason);
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

    public override void OnAnswered(long latencyMicroseconds) =>
        _endpoint?.Succeeded(latencyMicroseconds, Owner.Loop.NowMicroseconds);

    public override void OnConnectFailed(string reason) => Binding.LastFailure = reason;

    public override void FinishUpstream(bool reusable, bool failed)
    {
        var removed = _endpoint?.IsRemoved == true;
        Release(failed);
        base.FinishUpstream(reusable && !removed, failed);
    }

    public override void Abandon(bool abort)
    {
        Release(failed: false);
        base.Abandon(abort);
    }

    /// <summary>Counts into the series of what has no endpoint.</summary>
    public void CountWithoutEndpoint() => Series = Binding.WithoutEndpoint(Owner);

    private EndpointState? Pick()
    {
        if (_attempts++ >= Owner.Options.ConnectAttempts
            || Binding.Balancer.Pick(Owner.Loop.Now, Owner.Loop.NowMicroseconds, _failed) is not { } endpoint)
        {
            return null;
        }
        _endpoint = endpoint;
        endpoint.InFlight++;
        return endpoint;
    }

    private UpstreamStart DialUnknown(out ProxyError error, out string reason)
    {
        var pool = client.Pod.Pool(client.Destination, "");
        Upstream = UpstreamConnection.Dial(Owner, client.Pod, client.Destination, pool, null, default, client, out reason);
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
        }
    }

    private UpstreamStart Give(out ProxyError error, out string reason, ProxyError why = ProxyError.NoEndpoint, string? because = null)
    {
        error = why;
        var name = Binding.Destination is { Service.Length: > 0 } known ? $"{known.Service}.{known.Namespace}" : client.Destination.ToString();
        var last = Binding.LastFailure.Length > 0 ? Binding.LastFailure : "tried a moment ago";
        reason = because ?? (Binding.Balancer.HasReady || client.IsUnknown ? $"no endpoint of {name} can be reached, last failure: {last}"
            : Binding.Balancer.Endpoints.Count > 0 ? $"no endpoint of {name} is ready" : $"no endpoints of {name}");
        return UpstreamStart.Unavailable;
    }
}
