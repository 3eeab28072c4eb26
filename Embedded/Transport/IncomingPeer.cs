using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Transport;

/// <summary>A connection another silo made to this one: its requests come in on it and are answered on it.</summary>
internal sealed class IncomingPeer(
    FrameConnection connection, MembershipTable membership, GrainCatalog catalog, ReferenceFactory references, CallRouter router,
    EmbeddedSiloOptions options, TimeProvider time, ILogger log)
{
    private readonly ConcurrentDictionary<long, Call> _open = new();
    private long _lastHeard = time.GetTimestamp();

    /// <returns>Why it ended.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watch = WatchAsync(stop.Token);
        var reason = await connection.RunAsync(Receive, cancellationToken);
        await stop.CancelAsync();
        await watch;
        foreach (var (_, call) in _open)
        {
            call.Abort(new SiloUnavailableException($"The silo that asked is gone: {reason}."));
        }
        return reason;
    }

    // A peer whose machine or network is gone closes nothing. It would have pinged several times by then.
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.DeadAfter, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (time.GetElapsedTime(Volatile.Read(ref _lastHeard)) > options.DeadAfter * 3)
                {
                    connection.Close("it fell silent");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended.
        }
    }

    private void Receive(FrameType type, byte[] body)
    {
        Volatile.Write(ref _lastHeard, time.GetTimestamp());
        switch (type)
        {
            case FrameType.Ping:
                membership.Merge(WireJson.Parse<MemberRecord[]>(body));
                connection.TrySend(WireJson.Gossip(FrameType.Gossip, membership.Gossip()));
                break;
            case FrameType.Gossip:
                membership.Merge(WireJson.Parse<MemberRecord[]>(body));
                break;
            case FrameType.Request:
                Accept(WireJson.Parse<RequestFrame>(body));
                break;
            case FrameType.Cancel:
                if (_open.TryGetValue(WireJson.Parse<CancelFrame>(body).Id, out var cancelled))
                {
                    cancelled.Abort(new OperationCanceledException("The caller waits no longer."));
                }
                break;
            default:
                throw new ProtocolException($"{connection.Peer} sent a {type} frame where none belongs");
        }
    }

    private void Accept(RequestFrame request)
    {
        Call call;
        try
        {
            call = Decode(request);
        }
        catch (Exception e)
        {
            log.BadRequest(e, request.Method, connection.Peer);
            connection.TrySend(ResponseFrame.Failure(
                request.Id, new OrleansException($"The request {request.Method} of {request.Grain} cannot be understood: {e.Message}")));
            return;
        }
        if (!_open.TryAdd(request.Id, call))
        {
            throw new ProtocolException($"{connection.Peer} used the request id {request.Id} twice");
        }
        call.WhenEnded(() => _open.TryRemove(request.Id, out _));
        router.Track(call);
        router.Route(call);
    }

    private Call Decode(RequestFrame request)
    {
        var method = catalog.FindMethod(request.Method ?? "")
            ?? throw new OrleansException("nobody knows the method. Do all silos run the same version of the application?");
        if (!GrainId.TryParse(request.Grain, out var target))
        {
            throw new FormatException($"'{request.Grain}' is not a grain id");
        }
        var arguments = references.Json.DecodeArguments(request.Arguments, method.ParameterTypes);
        var remaining = TimeSpan.FromMilliseconds(Math.Max(1, request.Milliseconds));
        var timeout = TimeSpan.FromMilliseconds(Math.Max(1, request.Timeout));
        var reply = new RemoteReply(request.Id, method, connection, references.Json, log);
        return Call.Receive(
            references.Json, target, method, arguments, reply, timeout, router.Deadline(remaining), request.Chain ?? [],
            Math.Max(0, request.Hops) + 1);
    }
}
