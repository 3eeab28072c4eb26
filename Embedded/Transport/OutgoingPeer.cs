using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Transport;

/// <summary>The connection this silo made to another: its requests go out on it, and it shows whether the other silo lives.</summary>
internal sealed class OutgoingPeer(
    FrameConnection connection, SiloAddress silo, MembershipTable membership, ReferenceFactory references, EmbeddedSiloOptions options,
    TimeProvider time) : IAsyncDisposable
{
    private static readonly JsonElement JsonNull = JsonElement.Parse("null");

    private readonly ConcurrentDictionary<long, Pending> _pending = new();
    private long _lastId;
    private long _lastHeard = time.GetTimestamp();
    private volatile bool _ended;
    private volatile bool _retired;

    public SiloAddress Silo => silo;

    /// <summary>Whether it ended because nothing was heard any more, rather than by the other side.</summary>
    public bool WentSilent { get; private set; }

    public void Tell(MemberRecord[] members) => connection.TrySend(WireJson.Gossip(FrameType.Gossip, members));

    public Task FlushAsync(TimeSpan wait) => connection.FlushAsync(wait, time);

    /// <summary>Ends the connection once everything that was asked on it is answered: the other silo has left.</summary>
    public void Retire()
    {
        _retired = true;
        EndIfRetired();
    }

    /// <summary>Runs the connection until it ends; all requests that wait for answers on it then fail.</summary>
    /// <returns>Why it ended.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var heartbeat = BeatAsync(stop.Token);
        var reason = await connection.RunAsync(Receive, cancellationToken);
        _ended = true;
        await stop.CancelAsync();
        await heartbeat;
        foreach (var (id, _) in _pending)
        {
            EndPending(id, reason);
        }
        return reason;
    }

    /// <summary>Sends a request and waits until it has ended.</summary>
    /// <returns>Null when the call has ended, one way or the other; otherwise why it was certainly not carried out.</returns>
    public async Task<string?> SendAsync(Call call)
    {
        var id = Interlocked.Increment(ref _lastId);
        var remaining = TimeSpan.FromSeconds((call.Deadline - time.GetTimestamp()) / (double)time.TimestampFrequency);
        var frame = RequestFrame.Write(id, call, remaining);
        if (frame.Length > connection.MaxBody)
        {
            call.Fail(new OrleansException(
                $"{call.Method} of {call.Target} has {frame.Length} bytes of arguments; at most {connection.MaxBody} may be sent. Send less at once."));
            return null;
        }
        if (_retired)
        {
            return $"silo {silo} has left";
        }
        var pending = new Pending(call);
        _pending[id] = pending;
        if (!connection.TrySend(frame, () => pending.Written = true))
        {
            _pending.TryRemove(id, out _);
            return $"the connection to {silo} has ended or is overloaded";
        }
        if (_ended)
        {
            EndPending(id, "the connection ended");
        }
        if (call.Method.OneWay)
        {
            // The other side does not answer these, so they wait only for being written.
            call.Succeed(null);
        }
        call.WhenEnded(() =>
        {
            if (_pending.TryRemove(id, out _) && !call.Method.OneWay)
            {
                connection.TrySend(CancelFrame.Write(id));
            }
            pending.Refusal.TrySetResult(null);
            EndIfRetired();
        });
        return await pending.Refusal.Task.ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private void EndIfRetired()
    {
        if (_retired && _pending.IsEmpty)
        {
            connection.Close("it left");
        }
    }

    private void EndPending(long id, string reason)
    {
        if (!_pending.TryRemove(id, out var pending))
        {
            return;
        }
        if (!pending.Written)
        {
            pending.Refusal.TrySetResult($"the connection to {silo} ended before it was sent: {reason}");
            return;
        }
        pending.Refusal.TrySetResult(null);
        pending.Call.Fail(new SiloUnavailableException(
            $"The connection to silo {silo} ended while {pending.Call.Method} of {pending.Call.Target} waited for its answer ({reason}). "
            + "It may have been carried out or not."));
    }

    private void Receive(FrameType type, byte[] body)
    {
        Volatile.Write(ref _lastHeard, time.GetTimestamp());
        membership.Seen(silo);
        switch (type)
        {
            case FrameType.Gossip:
                membership.Merge(WireJson.Parse<MemberRecord[]>(body));
                break;
            case FrameType.Response:
                Answer(WireJson.Parse<ResponseFrame>(body));
                break;
            default:
                throw new ProtocolException($"{connection.Peer} sent a {type} frame where none belongs");
        }
    }

    private void Answer(ResponseFrame response)
    {
        if (!_pending.TryRemove(response.Id, out var pending))
        {
            return;
        }
        var call = pending.Call;
        if (response.Refusal is { } refusal)
        {
            pending.Refusal.TrySetResult(refusal);
            EndIfRetired();
            return;
        }
        if (response.Error is { } error)
        {
            call.Fail(references.Exceptions.Decode(error));
        }
        else
        {
            Succeed(call, response.Result);
        }
        pending.Refusal.TrySetResult(null);
    }

    private void Succeed(Call call, JsonElement? result)
    {
        object? value = null;
        try
        {
            if (call.Method.ResultType is { } type)
            {
                value = references.Json.DecodeResult(result ?? JsonNull, type);
            }
        }
        catch (Exception e)
        {
            call.Fail(new OrleansException($"The answer of {call.Method} from silo {silo} cannot be read: {e.Message}", e));
            return;
        }
        call.Succeed(value);
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.HeartbeatInterval, time);
        var lastBeat = time.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                // A beat that comes late says that this process was held up, so silence says nothing about the other one.
                var onTime = time.GetElapsedTime(lastBeat) < options.HeartbeatInterval * 2;
                lastBeat = time.GetTimestamp();
                if (onTime && time.GetElapsedTime(Volatile.Read(ref _lastHeard)) > options.DeadAfter)
                {
                    WentSilent = true;
                    connection.Close($"it has not answered for {options.DeadAfter.TotalSeconds:0.#} s");
                    return;
                }
                connection.TrySend(WireJson.Gossip(FrameType.Ping, membership.Gossip()));
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended.
        }
    }

    private sealed class Pending(Call call)
    {
        public Call Call => call;

        public volatile bool Written;

        public TaskCompletionSource<string?> Refusal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
