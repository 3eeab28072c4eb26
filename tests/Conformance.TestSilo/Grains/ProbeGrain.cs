using System.Collections.Immutable;
using Mesh.Grains.Placement;

namespace Mesh.Conformance.TestSilo.Grains;

[HomeCluster]
[CollectionAgeLimit(Minutes = 2)]
public sealed class ProbeGrain(ILocalSiloDetails silo) : Grain, IProbeGrain, INamed
{
    private readonly Guid _activation = Guid.NewGuid();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _heard = [];
    private readonly List<IProbeObserver> _observers = [];
    private byte[] _kept = [];
    private int _count;
    private int _arrived;
    private int _cancellations;
    private int _ticks;

    public Task<Whereabouts> Where() => Task.FromResult(new Whereabouts(silo.SiloAddress, _activation));

    public Task<int> Increment() => Task.FromResult(++_count);

    public async Task<int> IncrementSlowly()
    {
        var before = _count;
        await Task.Yield();
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        return _count = before + 1;
    }

    public Task<EverythingRecord> Echo(EverythingRecord value) => Task.FromResult(value);

    public ValueTask<ImmutableArray<string>> EchoArray(ImmutableArray<string> value) => new(value);

    public Task<List<int>> Scribble(List<int> list)
    {
        list.Add(-1);
        return Task.FromResult(list);
    }

    public Task<byte[]> Keep(byte[]? bytes)
    {
        _kept = bytes ?? _kept;
        return Task.FromResult(_kept);
    }

    public async Task Throw(string kind, string message)
    {
        await Task.Yield();
        throw kind switch
        {
            "own" => new ProbeException(message, new InvalidOperationException("inner")),
            "stubborn" => new StubbornException(7),
            "argument" => new ArgumentNullException(nameof(message), message),
            _ => new InvalidOperationException(message),
        };
    }

    public async Task WaitForCancellation(CancellationToken cancellationToken)
    {
        _arrived++;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _cancellations++;
            throw;
        }
    }

    public Task<int> CancellationsSeen() => Task.FromResult(_cancellations);

    public Task WaitForGate()
    {
        _arrived++;
        return _gate.Task;
    }

    public Task ReadAtGate()
    {
        _arrived++;
        return _gate.Task;
    }

    public Task<int> Arrived() => Task.FromResult(_arrived);

    public Task Open()
    {
        _gate.TrySetResult();
        return Task.CompletedTask;
    }

    public Task CallBack(IProbeGrain other) => other.Increment();

    public Task CallYou(IProbeGrain other) => other.CallBack(this.AsReference<IProbeGrain>());

    public Task Shout(string text)
    {
        _heard.Add(text);
        return text == "fail" ? throw new ProbeException("nobody hears this") : Task.CompletedTask;
    }

    public Task<string[]> Heard() => Task.FromResult(_heard.ToArray());

    public Task StartTimer(TimeSpan period, bool interleave)
    {
        this.RegisterGrainTimer(
            _ =>
            {
                _ticks++;
                return _ticks == 1 ? throw new ProbeException("a failing tick must not end the timer") : Task.CompletedTask;
            },
            new GrainTimerCreationOptions(period, period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task Subscribe(IProbeObserver observer)
    {
        _observers.Add(observer);
        return Task.CompletedTask;
    }

    public Task Notify(string text) => Task.WhenAll(_observers.Select(observer => observer.OnText(text)));

    public Task<string> MeetThrough(IProbeGrain other) => other.Introduce(this.AsReference<INamed>());

    public Task<string> Introduce(INamed named) => named.Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());

    public Task Pin(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task<byte[]> Blob(int bytes) => Task.FromResult(new byte[bytes]);
}
