using System.Collections.Concurrent;
using Orleans.Embedded.Membership;
using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

/// <summary>
/// The observer objects of this silo. They are held weakly. Calls to one of them run one after the other, on the thread pool.
/// The id of an observer names its silo, and with it the generation: a restarted silo has none of the old ones.
/// </summary>
internal sealed class ObserverTable(MembershipTable membership)
{
    private static readonly GrainType Type = GrainType.Create("sys.client");

    private readonly ConcurrentDictionary<GrainId, Observer> _observers = new();

    /// <returns>The silo that has the observer; null when the id is not an observer's.</returns>
    public static SiloAddress? SiloOf(GrainId id)
    {
        if (id.Type != Type)
        {
            return null;
        }
        var key = id.Key.ToString();
        return SiloAddress.TryParse(key[..Math.Max(0, key.IndexOf('+'))], out var silo)
            ? silo
            : throw new ArgumentException($"'{id}' is not the id of an observer.");
    }

    public GrainId Add(IGrainObserver target)
    {
        var id = GrainId.Create(Type, $"{membership.Self.Address.ToParsableString()}+{Guid.NewGuid():N}");
        _observers[id] = new Observer(target);
        return id;
    }

    public void Remove(GrainId id) => _observers.TryRemove(id, out _);

    public void Deliver(Call call)
    {
        if (_observers.TryGetValue(call.Target, out var observer))
        {
            if (observer.TryEnqueue(call))
            {
                return;
            }
            Remove(call.Target);
        }
        call.Fail(new ClientNotAvailableException(
            $"Observer {call.Target} is gone: its reference was deleted, or nobody kept the object. Subscriptions have to be renewed."));
    }

    private sealed class Observer(IGrainObserver target)
    {
        private readonly Lock _lock = new();
        private readonly WeakReference<IGrainObserver> _target = new(target);
        private readonly Queue<Call> _waiting = [];
        private bool _running;

        public bool TryEnqueue(Call call)
        {
            if (!_target.TryGetTarget(out _))
            {
                return false;
            }
            lock (_lock)
            {
                _waiting.Enqueue(call);
                if (_running)
                {
                    return true;
                }
                _running = true;
            }
            ThreadPool.UnsafeQueueUserWorkItem(static observer => _ = observer.RunAsync(), this, preferLocal: false);
            return true;
        }

        // Call.InvokeAsync never fails, so neither does this.
        private async Task RunAsync()
        {
            while (true)
            {
                Call? call;
                lock (_lock)
                {
                    if (!_waiting.TryDequeue(out call))
                    {
                        _running = false;
                        return;
                    }
                }
                if (!_target.TryGetTarget(out var target))
                {
                    call.Fail(new ClientNotAvailableException($"Observer {call.Target} is gone: nobody kept the object."));
                }
                else if (!call.Method.DeclaringType.IsInstanceOfType(target))
                {
                    call.Fail(new ArgumentException($"{target.GetType()} does not implement {call.Method.DeclaringType}."));
                }
                else
                {
                    await call.InvokeAsync(target);
                }
            }
        }
    }
}
