namespace Mesh.Proxy.Reactor;

/// <summary>
/// A loop's time limits: a hashed wheel of 512 slots of 16 ms. Setting and clearing are O(1) and allocate nothing. A limit further away
/// than one turn (8 s) is looked at once per turn. Fires up to 16 ms late, never early. Used on its loop only.
/// </summary>
internal sealed class TimerWheel
{
    private const int TickShift = 4;
    private const int Slots = 512;
    private readonly LoopTimer?[] _slots = new LoopTimer?[Slots];
    private long _tick;
    private int _count;

    public TimerWheel(long now) => _tick = now >> TickShift;

    /// <summary>Milliseconds until <see cref="Advance"/> should be called at the latest; -1: no timer is set.</summary>
    public int Delay => _count == 0 ? -1 : DelayToNextOccupied();

    public void Set(LoopTimer timer, long deadline)
    {
        timer.Deadline = deadline;
        if (timer.ScheduledAt >= 0)
        {
            if (timer.ScheduledAt <= deadline)
            {
                return;
            }
            Unlink(timer);
        }
        Link(timer, deadline);
    }

    /// <summary>Forgets the limit. The timer leaves the wheel when its old time comes.</summary>
    public static void Clear(LoopTimer timer) => timer.Deadline = long.MaxValue;

    /// <summary>Takes the timer out at once; for owners that go away.</summary>
    public void Remove(LoopTimer timer)
    {
        timer.Deadline = long.MaxValue;
        if (timer.ScheduledAt >= 0)
        {
            Unlink(timer);
        }
    }

    /// <summary>Fires every timer whose limit is at or before <paramref name="now"/>.</summary>
    public void Advance(long now)
    {
        var target = now >> TickShift;
        if (target - _tick > Slots)
        {
            // After a long pause every slot is looked at once.
            _tick = target - Slots;
        }
        while (_tick < target)
        {
            _tick++;
            FireSlot((int)(_tick & (Slots - 1)), now);
        }
    }

    private void FireSlot(int slot, long now)
    {
        // Timers linked while firing go to the front or to other slots, so the chain ahead stays as it was, unless an owner removes a
        // later one; hence the restart from the head after every call.
        var timer = _slots[slot];
        while (timer is not null)
        {
            if (timer.ScheduledAt > now)
            {
                timer = timer.Next;
                continue;
            }
            Unlink(timer);
            if (timer.Deadline > now)
            {
                if (timer.Deadline != long.MaxValue)
                {
                    Link(timer, timer.Deadline);
                }
                timer = _slots[slot];
                continue;
            }
            timer.Deadline = long.MaxValue;
            timer.Target.OnTimer();
            timer = _slots[slot];
        }
    }

    private void Link(LoopTimer timer, long deadline)
    {
        // Rounded up, and never into the slot being fired.
        var tick = Math.Max((deadline + (1 << TickShift) - 1) >> TickShift, _tick + 1);
        var slot = (int)(tick & (Slots - 1));
        timer.ScheduledAt = tick << TickShift;
        timer.Previous = null;
        timer.Next = _slots[slot];
        if (timer.Next is not null)
        {
            timer.Next.Previous = timer;
        }
        _slots[slot] = timer;
        _count++;
    }

    private void Unlink(LoopTimer timer)
    {
        if (timer.Previous is not null)
        {
            timer.Previous.Next = timer.Next;
        }
        else
        {
            _slots[(timer.ScheduledAt >> TickShift) & (Slots - 1)] = timer.Next;
        }
        if (timer.Next is not null)
        {
            timer.Next.Previous = timer.Previous;
        }
        timer.Previous = timer.Next = null;
        timer.ScheduledAt = -1;
        _count--;
    }

    private int DelayToNextOccupied()
    {
        for (var ahead = 1; ahead <= Slots; ahead++)
        {
            if (_slots[(_tick + ahead) & (Slots - 1)] is not null)
            {
                return ahead << TickShift;
            }
        }
        return Slots << TickShift;
    }
}
