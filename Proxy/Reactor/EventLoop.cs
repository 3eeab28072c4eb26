using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Reactor;

/// <summary>
/// One native thread that waits on epoll and runs what became ready. Everything registered with it, its timers and its buffers are touched
/// on this thread only; other threads talk to it through <see cref="Post"/>.
/// </summary>
internal sealed unsafe class EventLoop
{
    private const int MaxEvents = 256;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _onBug;
    private readonly ConcurrentQueue<Action> _inbox = new();
    private readonly Lock _wakeLock = new();
    private readonly List<int> _freeSlots = [];
    private readonly Thread _thread;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly long _origin;
    private readonly double _microsecondsPerTick;
    private EventSource?[] _sources = new EventSource?[1024];
    private uint[] _generations = new uint[1024];
    private Queue<EventSource> _deferred = new();
    private Queue<EventSource> _deferredNow = new();
    private int _slotCount;
    private int _wakePending;
    private bool _stop;
    private bool _closed;

    /// <param name="name">The thread's name.</param>
    /// <param name="time">The clock of the timers and latencies.</param>
    /// <param name="onBug">Told of exceptions that no source should throw.</param>
    /// <exception cref="IOException">The system has no descriptors left.</exception>
    public EventLoop(string name, TimeProvider time, Action<Exception> onBug)
    {
        _time = time;
        _onBug = onBug;
        _origin = time.GetTimestamp();
        _microsecondsPerTick = 1e6 / time.TimestampFrequency;
        Timers = new TimerWheel(0);
        _epoll = Libc.epoll_create1(Libc.EpollCloseOnExec);
        _wake = _epoll < 0 ? -1 : Libc.eventfd(0, Libc.EventNonBlock | Libc.EpollCloseOnExec);
        if (_wake < 0)
        {
            throw new IOException($"epoll: {Marshal.GetLastPInvokeErrorMessage()}. Raise the limit of open files if it is reached.");
        }
        var wanted = new Libc.EpollEvent { Events = Libc.EpollIn | Libc.EpollEdge, DataLow = uint.MaxValue };
        _ = Libc.epoll_ctl(_epoll, Libc.EpollAdd, _wake, &wanted);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    public TimerWheel Timers { get; }

    public BufferPool Buffers { get; } = new();

    /// <summary>Milliseconds since the loop was made, as of the event being handled.</summary>
    public long Now { get; private set; }

    /// <summary>Microseconds since the loop was made, as of the event being handled.</summary>
    public long NowMicroseconds { get; private set; }

    /// <summary>Called at the end of every turn; set before <see cref="Start"/>.</summary>
    public Action? OnTurn { get; set; }

    /// <summary>Called once on the loop's thread, before anything else; set before <see cref="Start"/>.</summary>
    public Action? OnStart { get; set; }

    public void Start() => _thread.Start();

    /// <summary>Runs <paramref name="action"/> on the loop soon; never, once the loop has ended. Any thread.</summary>
    public void Post(Action action)
    {
        _inbox.Enqueue(action);
        if (Interlocked.Exchange(ref _wakePending, 1) == 0)
        {
            lock (_wakeLock)
            {
                if (!_closed)
                {
                    ulong one = 1;
                    _ = Libc.write(_wake, &one, sizeof(ulong));
                }
            }
        }
    }

    /// <summary>Ends the thread after what has been posted before, and frees what the loop holds. Any thread, once, after Start.</summary>
    public void StopAndJoin()
    {
        Post(() => _stop = true);
        _thread.Join();
        lock (_wakeLock)
        {
            // Whoever posts from now on must not write to a descriptor that may be somebody else's.
            _closed = true;
            _ = Libc.close(_wake);
        }
        _ = Libc.close(_epoll);
        Buffers.Dispose();
    }

    /// <summary>Watches a connected or connecting socket, edge-triggered, both ways.</summary>
    public bool Watch(EventSource source, int fd) =>
        Add(source, fd, Libc.EpollIn | Libc.EpollOut | Libc.EpollReadHup | Libc.EpollEdge);

    /// <summary>Watches a listener. Several loops may watch the same; one of them is woken.</summary>
    public bool WatchListener(EventSource source, int fd) => Add(source, fd, Libc.EpollIn | Libc.EpollExclusive);

    /// <summary>Stops watching; no event reaches the source after this. Must come before the descriptor is closed.</summary>
    public void Unwatch(EventSource source, int fd)
    {
        if (source.Slot < 0)
        {
            return;
        }
        Libc.EpollEvent ignored = default;
        _ = Libc.epoll_ctl(_epoll, Libc.EpollDelete, fd, &ignored);
        _sources[source.Slot] = null;
        _generations[source.Slot]++;
        _freeSlots.Add(source.Slot);
        source.Slot = -1;
    }

    /// <summary>Shows everything that is watched to <paramref name="visit"/>, which must neither watch nor unwatch. On the loop.</summary>
    public void Visit(Action<EventSource> visit)
    {
        for (var slot = 0; slot < _slotCount; slot++)
        {
            if (_sources[slot] is { } source)
            {
                visit(source);
            }
        }
    }

    /// <summary>Gives the source another turn after the others: for work cut short out of fairness.</summary>
    public void Defer(EventSource source)
    {
        if (!source.IsDeferred)
        {
            source.IsDeferred = true;
            _deferred.Enqueue(source);
        }
    }

    public void UpdateNow()
    {
        NowMicroseconds = (long)((_time.GetTimestamp() - _origin) * _microsecondsPerTick);
        Now = NowMicroseconds / 1000;
    }

    private bool Add(EventSource source, int fd, uint events)
    {
        int slot;
        if (_freeSlots.Count > 0)
        {
            slot = _freeSlots[^1];
            _freeSlots.RemoveAt(_freeSlots.Count - 1);
        }
        else
        {
            slot = _slotCount++;
            if (slot == _sources.Length)
            {
                Array.Resize(ref _sources, slot * 2);
                Array.Resize(ref _generations, slot * 2);
            }
        }
        source.Slot = slot;
        _sources[slot] = source;
        var wanted = new Libc.EpollEvent { Events = events, DataLow = (uint)slot, DataHigh = _generations[slot] };
        if (Libc.epoll_ctl(_epoll, Libc.EpollAdd, fd, &wanted) == 0)
        {
            return true;
        }
        _sources[slot] = null;
        _freeSlots.Add(slot);
        source.Slot = -1;
        return false;
    }

    private void Run()
    {
        var events = stackalloc Libc.EpollEvent[MaxEvents];
        UpdateNow();
        OnStart?.Invoke();
        while (!_stop)
        {
            var wait = _deferred.Count > 0 || !_inbox.IsEmpty ? 0 : Timers.Delay;
            var count = Libc.epoll_wait(_epoll, events, MaxEvents, wait);
            UpdateNow();
            for (var i = 0; i < count; i++)
            {
                Dispatch(events[i]);
            }
            RunDeferred();
            RunInbox();
            Guard(static loop => loop.Timers.Advance(loop.Now));
            Guard(static loop => loop.OnTurn?.Invoke());
        }
    }

    private void Dispatch(in Libc.EpollEvent ready)
    {
        if (ready.DataLow == uint.MaxValue)
        {
            ulong value;
            _ = Libc.read(_wake, &value, sizeof(ulong));
            return;
        }
        var source = _sources[ready.DataLow];
        if (source is null || _generations[ready.DataLow] != ready.DataHigh)
        {
            return;
        }
        const uint Broken = Libc.EpollErr | Libc.EpollHup;
        if ((ready.Events & (Libc.EpollIn | Libc.EpollReadHup | Broken)) != 0)
        {
            source.CanRead = true;
        }
        if ((ready.Events & (Libc.EpollReadHup | Broken)) != 0)
        {
            source.HungUp = true;
        }
        if ((ready.Events & (Libc.EpollOut | Broken)) != 0)
        {
            source.CanWrite = true;
        }
        source.HasBroken |= (ready.Events & Broken) != 0;
        Ready(source);
    }

    private void RunDeferred()
    {
        if (_deferred.Count == 0)
        {
            return;
        }
        (_deferred, _deferredNow) = (_deferredNow, _deferred);
        while (_deferredNow.TryDequeue(out var source))
        {
            source.IsDeferred = false;
            Ready(source);
        }
    }

    private void RunInbox()
    {
        // Before looking: whoever posts after this wakes the loop again.
        Interlocked.Exchange(ref _wakePending, 0);
        while (_inbox.TryDequeue(out var action))
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                _onBug(exception);
            }
        }
    }

    private void Ready(EventSource source)
    {
        try
        {
            UpdateNow();
            source.OnReady();
        }
        catch (Exception exception)
        {
            _onBug(exception);
            source.OnFault(exception);
        }
    }

    private void Guard(Action<EventLoop> step)
    {
        try
        {
            step(this);
        }
        catch (Exception exception)
        {
            _onBug(exception);
        }
    }
}
