using Orleans.Embedded.Catalog;
using Orleans.Embedded.Serialization;
using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

/// <summary>
/// A request on its way through this silo: begun here, or received from another. It ends exactly once, with a result, a failure, its
/// deadline or its caller's cancellation, and then tells its reply and whoever carries it.
/// </summary>
internal sealed class Call
{
    private readonly Lock _lock = new();
    private readonly GrainJson _json;
    private readonly ICallReply _reply;
    private readonly CancellationTokenSource _cancellation = new();
    private object?[]? _arguments;
    private byte[]? _encoded;
    private bool _isolated;
    private bool _done;
    private Action? _ended;

    private Call(GrainJson json, GrainId target, GrainMethod method, ICallReply reply, object?[] arguments, bool isolated)
    {
        _json = json;
        _reply = reply;
        _arguments = arguments;
        _isolated = isolated;
        Target = target;
        Method = method;
    }

    public GrainId Target { get; }

    public GrainMethod Method { get; }

    /// <summary>How many silos passed it on.</summary>
    public int Hops { get; private init; }

    /// <summary>See <see cref="CallChain"/>.</summary>
    public string[] Chain { get; private init; } = [];

    /// <summary>A timestamp after which nobody waits for the answer.</summary>
    public long Deadline { get; private init; }

    /// <summary>How long its first caller waits altogether.</summary>
    public TimeSpan Timeout { get; private init; }

    /// <summary>The silo it was last handed to; null while it is with this one.</summary>
    public SiloAddress? SentTo { get; set; }

    public bool IsDone => Volatile.Read(ref _done);

    /// <summary>A call made by code of this silo.</summary>
    public static Call Begin(
        GrainJson json, GrainId target, GrainMethod method, object?[] arguments, ICallReply reply, TimeSpan timeout, long deadline) =>
        new(json, target, method, reply, arguments, isolated: false) { Chain = CallChain.Current, Timeout = timeout, Deadline = deadline };

    /// <summary>A call received from another silo.</summary>
    public static Call Receive(
        GrainJson json, GrainId target, GrainMethod method, object?[] arguments, ICallReply reply, TimeSpan timeout, long deadline,
        string[] chain, int hops) =>
        new(json, target, method, reply, arguments, isolated: true) { Chain = chain, Hops = hops, Timeout = timeout, Deadline = deadline };

    /// <summary>Makes the arguments independent of the caller's objects; to be done before the caller runs on.</summary>
    public void Isolate()
    {
        if (_isolated || _encoded is not null)
        {
            return;
        }
        var copies = new object?[_arguments!.Length];
        for (var i = 0; i < copies.Length; i++)
        {
            copies[i] = i == Method.CancellationIndex ? CancellationToken.None : _json.Copy(_arguments[i], Method.ParameterTypes[i]);
        }
        _arguments = copies;
        _isolated = true;
    }

    /// <summary>The arguments as they go over the wire; made once, so that what is sent again is the same.</summary>
    public byte[] Encode() => _encoded ??= _json.EncodeArguments(_arguments!, Method.ParameterTypes);

    /// <summary>Carries the call out on <paramref name="target"/>, unless nobody waits for it any more. Never fails.</summary>
    public async Task InvokeAsync(object target)
    {
        if (IsDone)
        {
            return;
        }
        object? result;
        try
        {
            var arguments = _isolated ? _arguments! : _json.DecodeArguments(_encoded, Method.ParameterTypes);
            if (Method.CancellationIndex >= 0)
            {
                arguments[Method.CancellationIndex] = _cancellation.Token;
            }
            CallChain.Enter(Chain, Target);
            result = await Method.InvokeAsync(target, arguments);
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }
        Succeed(result);
    }

    /// <summary>Ends it with a result.</summary>
    public void Succeed(object? result)
    {
        if (!TryEnd(out var ended))
        {
            return;
        }
        try
        {
            _reply.Succeed(result);
        }
        catch (Exception e)
        {
            _reply.Fail(e);
        }
        ended?.Invoke();
    }

    /// <summary>Ends it with a failure.</summary>
    public void Fail(Exception exception)
    {
        if (TryEnd(out var ended))
        {
            _reply.Fail(exception);
            ended?.Invoke();
        }
    }

    /// <summary>Ends it with a failure, and tells the code that carries it out, wherever that runs, to stop.</summary>
    public void Abort(Exception exception)
    {
        if (TryEnd(out var ended))
        {
            _reply.Fail(exception);
            ended?.Invoke();
            _cancellation.Cancel();
        }
    }

    /// <summary>Runs <paramref name="action"/> when the call ends; at once if it has.</summary>
    public void WhenEnded(Action action)
    {
        lock (_lock)
        {
            if (!_done)
            {
                _ended += action;
                return;
            }
        }
        action();
    }

    /// <summary>Whether the grain that is called waits for this very call.</summary>
    public bool IsDeadlocked => Chain.Contains(Target.ToString());

    /// <summary>Why there was no answer in time, as far as it shows from here.</summary>
    public TimeoutException TimedOut()
    {
        var where = SentTo is null ? "this silo" : $"silo {SentTo}";
        var why = IsDeadlocked
            ? $"It is a deadlock: the grain waits, through {string.Join(" → ", Chain)}, for this very call. "
                + "Mark the method [AlwaysInterleave] or the grain [Reentrant], or do not call back."
            : "The grain may be busy with other requests, wait for something itself, or its silo be overloaded.";
        return new TimeoutException($"{Method} of grain {Target} on {where} did not answer within {Timeout}. {why}");
    }

    private bool TryEnd(out Action? ended)
    {
        lock (_lock)
        {
            ended = _ended;
            _ended = null;
            if (_done)
            {
                return false;
            }
            _done = true;
            return true;
        }
    }
}
