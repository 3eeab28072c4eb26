using Mesh.Interfaces.Identity;
using Mesh.Proxy.AccessLogs;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tls;
using Mesh.Proxy.Tracing;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// One request, or one connection carried as bytes, on its way: whether it may pass, where it goes, what it counts as. A connection that
/// carries one request after the other uses one exchange again and again.
/// </summary>
internal abstract class Exchange(DownstreamConnection client)
{
    /// <summary>
    /// A request goes to another connection at most this often, where one has closed, is dead or has no room. More than once: a server that
    /// closes connections after a number of requests may close the next one just as well, and a dead path takes several with it.
    /// </summary>
    public const int MostResends = 3;

    private AccessLogEntry? _logEntry;

    /// <summary>The connection it came over.</summary>
    public DownstreamConnection Client { get; } = client;

    /// <summary>The upstream connection in use.</summary>
    public UpstreamConnection? Upstream { get; protected set; }

    /// <summary>The numbers it counts into.</summary>
    public Series? Series { get; protected set; }

    /// <summary>How the request is to be treated; known once it has been admitted.</summary>
    public RouteSettings Settings { get; protected set; } = RouteSettings.None;

    /// <summary>
    /// Whether nobody may take the request twice (RFC 9110 section 9.2.2), so that a pooled connection is looked at before it is used.
    /// </summary>
    public bool IsUnrepeatable { get; set; }

    /// <summary>Whether the request may be sent to yet another endpoint if this one's answer is not good enough.</summary>
    public virtual bool RetriesRemain => false;

    /// <summary>
    /// Whether nothing was known to be reachable when the request came, so that it only found out that this is still so.
    /// </summary>
    public virtual bool IsTrial => false;

    /// <summary>What is told about the request to the collector of traces; null: nothing.</summary>
    public RequestSpan? Span { get; private set; }

    protected ProxyLoop Owner => Client.Owner;

    /// <summary>Whether a request may pass.</summary>
    /// <returns>0: it may; otherwise the HTTP status to answer with.</returns>
    public abstract int Admit(in RequestView request);

    /// <summary>Finds an upstream connection for a request or for the whole connection, as <see cref="Upstream"/>.</summary>
    /// <param name="attempt">Why.</param>
    /// <param name="fresh">Whether a pooled connection will not do.</param>
    /// <param name="error">Why there is none.</param>
    /// <param name="reason">The same in words.</param>
    public abstract UpstreamStart StartUpstream(UpstreamAttempt attempt, bool fresh, out ProxyError error, out string reason);

    /// <summary>
    /// Asks to send the request again, because of an answer that <see cref="Settings"/> wants retried. On success the caller finishes with
    /// the upstream connection and starts one with <see cref="UpstreamAttempt.Retry"/>.
    /// </summary>
    /// <returns>False: no retry is left, the budget is used up, or there is no endpoint to go to.</returns>
    public virtual bool TryRetry() => false;

    /// <summary>An answer that should be retried is passed on, because no retry is left.</summary>
    public virtual void OnRetriesExhausted()
    {
    }

    /// <summary>What the attempt came to, which may speak against its endpoint. The first word counts.</summary>
    /// <param name="failed">See <see cref="LoadBalancing.ResponseClass"/>.</param>
    /// <param name="retryable">Whether <see cref="Settings"/> would have such an answer retried.</param>
    public virtual void Classify(bool failed, bool retryable)
    {
    }

    /// <summary>The endpoint has not answered in time.</summary>
    /// <param name="elapsedMicroseconds">For how long it has been asked.</param>
    public virtual void OnTimedOut(long elapsedMicroseconds)
    {
    }

    /// <summary>Finds a shared connection for a request that came over HTTP/2.</summary>
    /// <param name="attempt">Why.</param>
    /// <param name="waiter">Told, if the connection is being made, when it is there or could not be made.</param>
    /// <param name="session">The connection, unless there is none.</param>
    /// <param name="error">Why there is none.</param>
    /// <param name="reason">The same in words.</param>
    public abstract UpstreamStart StartSession(
        UpstreamAttempt attempt, ISessionWaiter waiter, out UpstreamSession? session, out ProxyError error, out string reason);

    /// <summary>The request has done with the shared connection, or could not use it.</summary>
    /// <param name="failed">Whether the endpoint could not be reached.</param>
    public virtual void FinishSession(bool failed)
    {
    }

    /// <summary>The response's head has come, this long after the request was sent.</summary>
    public virtual void OnAnswered(long latencyMicroseconds)
    {
    }

    /// <summary>An endpoint turned out not to be there.</summary>
    public virtual void OnConnectFailed(string reason)
    {
    }

    /// <summary>Gives the upstream connection back (or closes it).</summary>
    /// <param name="reusable">Whether it stands between two requests.</param>
    /// <param name="failed">Whether it broke without an answer.</param>
    public virtual void FinishUpstream(bool reusable, bool failed)
    {
        var upstream = Upstream;
        Upstream = null;
        upstream?.Release(reusable && !Owner.IsStopping);
    }

    /// <summary>The client has gone: the upstream connection is of no use any more.</summary>
    public virtual void Abandon(bool abort)
    {
        var upstream = Upstream;
        Upstream = null;
        upstream?.Close(abort);
    }

    /// <summary>
    /// The response has ended or broken off. Only the first call after <see cref="Admit"/> counts, so that whoever notices an end can say so.
    /// </summary>
    /// <param name="outcome">What became of the request.</param>
    public void Conclude(in RequestOutcome outcome)
    {
        if (_logEntry is { } entry)
        {
            _logEntry = null;
            Owner.AccessLog.End(entry, outcome);
        }
        if (Span is { } span)
        {
            Span = null;
            span.End(outcome, Series?.Key);
            Owner.State.Spans!.Add(span);
        }
    }

    /// <summary>
    /// Begins a span if the request is part of a trace that its caller wants recorded. The proxy begins no traces, like Linkerd's.
    /// </summary>
    protected void BeginSpan(in RequestView request)
    {
        if (Owner.State.Spans is not null && TraceHeaders.TryReadSampled(request, out var context))
        {
            Span = new RequestSpan(context, Client, request);
        }
    }

    /// <summary>A line about the request is wanted.</summary>
    protected void BeginLogEntry(InboundConnection connection, PodModel pod, in RequestView request) =>
        _logEntry = Owner.AccessLog.Begin(connection, pod, request);

    /// <summary>Takes a shared connection out of those there are, or begins to make one.</summary>
    protected UpstreamStart Share(
        UpstreamPool pool, SocketEndpoint target, TlsContext? context, WorkloadIdentity expected, ISessionWaiter waiter,
        out UpstreamSession? session, out string reason)
    {
        reason = "";
        session = pool.Sessions.Find(context) ?? UpstreamSession.Dial(Owner, Client.Pod, target, pool, context, expected, out reason);
        if (session is null)
        {
            return UpstreamStart.Unavailable;
        }
        if (session.IsConnecting)
        {
            session.Wait(waiter);
            return UpstreamStart.Pending;
        }
        return UpstreamStart.Ready;
    }
}
