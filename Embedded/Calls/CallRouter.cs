using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Embedded.Activations;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Placement;
using Orleans.Embedded.Serialization;
using Orleans.Embedded.Transport;
using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

/// <summary>
/// Takes calls to where they belong: an activation or observer of this silo, or another silo. A call that certainly was not carried out
/// is sent again by itself; one that may have been fails with <see cref="SiloUnavailableException"/>.
/// </summary>
internal sealed class CallRouter
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // Longer than it takes all silos to agree on who is dead.
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<Call, byte> _open = new();
    private readonly RendezvousPlacement _placement;
    private readonly ActivationHost _activations;
    private readonly ObserverTable _observers;
    private readonly MembershipTable _membership;
    private readonly PeerLinks _links;
    private readonly GrainJson _json;
    private readonly TimeProvider _time;
    private readonly IOptions<SiloMessagingOptions> _options;
    private readonly ILogger<CallRouter> _log;

    public CallRouter(
        RendezvousPlacement placement, ActivationHost activations, ObserverTable observers, MembershipTable membership, PeerLinks links,
        ReferenceFactory references, TimeProvider time, IOptions<SiloMessagingOptions> options, ILogger<CallRouter> log)
    {
        _placement = placement;
        _activations = activations;
        _observers = observers;
        _membership = membership;
        _links = links;
        _json = references.Json;
        _time = time;
        _options = options;
        _log = log;
        activations.Redirect = Route;
        references.Begin = BeginAsync;
    }

    /// <summary>Calls a method for code of this silo.</summary>
    public Task<object?> BeginAsync(GrainId target, GrainMethod method, object?[] arguments)
    {
        var token = method.CancellationIndex >= 0 ? (CancellationToken)arguments[method.CancellationIndex]! : default;
        if (token.IsCancellationRequested)
        {
            return Task.FromCanceled<object?>(token);
        }
        var timeout = method.ResponseTimeout ?? _options.Value.ResponseTimeout;
        var answer = method.OneWay ? null : new LocalReply(_json, method);
        ICallReply reply = answer is null ? new OneWayReply(_log, $"{method} of {target}") : answer;
        var call = Call.Begin(_json, target, method, arguments, reply, timeout, Deadline(timeout));
        Track(call);
        if (token.CanBeCanceled)
        {
            var registration = token.UnsafeRegister(_ => call.Abort(new OperationCanceledException(token)), null);
            call.WhenEnded(() => registration.Unregister());
        }
        Route(call);
        return answer?.Answer ?? Task.FromResult<object?>(null);
    }

    /// <summary>The timestamp that far from now.</summary>
    public long Deadline(TimeSpan timeout) => _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Holds a call to its deadline. To be done with every call before it is routed.</summary>
    public void Track(Call call)
    {
        _open.TryAdd(call, 0);
        call.WhenEnded(() => _open.TryRemove(call, out _));
    }

    /// <summary>Takes a call on. Returns at once; the call ends by itself.</summary>
    public void Route(Call call)
    {
        try
        {
            if (ObserverTable.SiloOf(call.Target) is { } home)
            {
                RouteToObserver(call, home);
                return;
            }
            var owner = _placement.Locate(call.Target, call.Method.Interface);
            if (owner.Equals(_membership.Self.Address))
            {
                DeliverHere(call);
                return;
            }
            Send(call, owner);
        }
        catch (Exception e)
        {
            call.Fail(e);
        }
    }

    /// <summary>Ends calls whose time is up, until cancelled.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepInterval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var now = _time.GetTimestamp();
            foreach (var (call, _) in _open)
            {
                if (call.Deadline <= now)
                {
                    var timeout = call.TimedOut();
                    if (call.IsDeadlocked)
                    {
                        // The outermost caller gave up first and its exception does not show this.
                        _log.Deadlocked(timeout.Message);
                    }
                    call.Abort(timeout);
                }
            }
        }
    }

    /// <summary>Waits until all calls that other silos asked for are answered.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        while (_open.Keys.Any(call => call.Hops > 0))
        {
            await Task.Delay(FirstPause, _time, cancellationToken);
        }
    }

    /// <summary>Ends all calls that are open, when the silo stops.</summary>
    public void AbortAll()
    {
        foreach (var (call, _) in _open)
        {
            call.Abort(new SiloUnavailableException("The local silo has stopped."));
        }
    }

    private void DeliverHere(Call call)
    {
        call.Isolate();
        call.SentTo = null;
        _activations.Deliver(call);
    }

    private void RouteToObserver(Call call, SiloAddress home)
    {
        if (home.Equals(_membership.Self.Address))
        {
            call.Isolate();
            _observers.Deliver(call);
        }
        else if (_membership.Current.Find(home) is { IsAlive: true })
        {
            Send(call, home);
        }
        else
        {
            throw new ClientNotAvailableException(
                $"Observer {call.Target} cannot be called: its silo {home} is gone or not reachable. Subscriptions have to be renewed.");
        }
    }

    private void Send(Call call, SiloAddress owner)
    {
        if (call.Hops > _options.Value.MaxForwardCount)
        {
            throw new OrleansMessageRejectionException(
                $"{call.Method} of {call.Target} was passed on {call.Hops} times: the silos do not agree yet on where the grain lives.");
        }
        // Before the caller runs on: it may change what it passed.
        call.Encode();
        var sending = SendAsync(call, owner);
        if (sending.IsFaulted)
        {
            call.Fail(sending.Exception.InnerException!);
        }
    }

    private async Task SendAsync(Call call, SiloAddress owner)
    {
        var started = _time.GetTimestamp();
        var pause = FirstPause;
        try
        {
            while (!call.IsDone)
            {
                call.SentTo = owner;
                var refusal = _links.Find(owner) is { } peer
                    ? await peer.SendAsync(call).ConfigureAwait(false)
                    : $"there is no connection to silo {owner}";
                if (refusal is null || call.IsDone)
                {
                    return;
                }
                if (_time.GetElapsedTime(started) > RetryFor)
                {
                    call.Fail(new SiloUnavailableException(
                        $"{call.Method} of grain {call.Target} could not be sent for {RetryFor}: {refusal}. It was not carried out."));
                    return;
                }
                await Task.Delay(pause, _time).ConfigureAwait(false);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                if (ObserverTable.SiloOf(call.Target) is null)
                {
                    owner = _placement.Locate(call.Target, call.Method.Interface);
                    if (owner.Equals(_membership.Self.Address))
                    {
                        DeliverHere(call);
                        return;
                    }
                }
                else if (_membership.Current.Find(owner) is not { IsAlive: true })
                {
                    call.Fail(new ClientNotAvailableException($"Observer {call.Target} cannot be called: its silo {owner} is gone."));
                    return;
                }
            }
        }
        catch (Exception e)
        {
            call.Fail(e);
        }
    }
}
