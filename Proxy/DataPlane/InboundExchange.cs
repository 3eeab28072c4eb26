using Mesh.Proxy.Http1;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>A request, or a connection, made to a pod: decided by the port's policy, passed to the pod's own application.</summary>
internal sealed class InboundExchange(InboundConnection client) : Exchange(client)
{
    public override int Admit(in RequestView request)
    {
        client.RefreshPolicy();
        if (client.LoggedPod is { } pod)
        {
            BeginLogEntry(client, pod, request);
        }
        BeginSpan(request);
        var decision = client.Decide(request.Verb == HttpVerb.Get && client.IsProbe(request.Target));
        Series = decision.Series!;
        if (decision.Rule is null)
        {
            Series.RequestDenied(Owner.Loop.Now);
            return 403;
        }
        if (decision.Rule.Audit)
        {
            client.LogAudit();
        }
        return 0;
    }

    /// <summary>Whether the connection as a whole may pass; decides what it counts as.</summary>
    public bool AdmitConnection()
    {
        client.RefreshPolicy();
        var decision = client.Decide(probe: false);
        if (decision.Rule is null)
        {
            decision.Series!.ConnectionDenied(Owner.Loop.Now);
            return false;
        }
        Series = decision.Series;
        if (decision.Rule.Audit)
        {
            client.LogAudit();
        }
        return true;
    }

    public override UpstreamStart StartUpstream(UpstreamAttempt attempt, bool fresh, out ProxyError error, out string reason)
    {
        var pool = client.Pod.ApplicationPool(client.Destination, client.SourceToKeep);
        error = ProxyError.None;
        reason = "";
        while (!fresh && attempt == UpstreamAttempt.First && pool.Take() is { } pooled)
        {
            if (pooled.TryReuse(client, null, IsUnrepeatable))
            {
                Upstream = pooled;
                return UpstreamStart.Ready;
            }
        }
        // There is no other endpoint than the pod itself: a failed connect is the answer.
        if (attempt != UpstreamAttempt.AfterFailure)
        {
            client.CountRefusedSource();
            Upstream = UpstreamConnection.Dial(Owner, client.Pod, client.Destination, pool, null, MeshProtocol.None, default, client, out reason);
            if (Upstream is not null)
            {
                return UpstreamStart.Pending;
            }
        }
        error = ProxyError.Connect;
        reason = $"the application does not accept connections on port {client.Destination.Port}";
        return UpstreamStart.Unavailable;
    }

    public override UpstreamStart StartSession(
        UpstreamAttempt attempt, ISessionWaiter waiter, out UpstreamSession? session, out ProxyError error, out string reason)
    {
        session = null;
        reason = "";
        var start = attempt == UpstreamAttempt.AfterFailure
            ? UpstreamStart.Unavailable
            : Share(
                client.Pod.ApplicationPool(client.Destination, client.SourceToKeep), client.Destination, null, default, waiter, out session,
                out reason);
        error = start == UpstreamStart.Unavailable ? ProxyError.Connect : ProxyError.None;
        if (start == UpstreamStart.Unavailable)
        {
            reason = $"the application does not accept connections on port {client.Destination.Port}";
        }
        return start;
    }
}
