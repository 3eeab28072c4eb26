using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tests.Reactor;

public sealed class TimerWheelTests
{
    [Fact]
    public void Advance_OverRandomTimers_FiresEachOnceAndNeverEarly()
    {
        var random = new Random(11);
        var now = 0L;
        var wheel = new TimerWheel(now);
        var clock = new Clock();
        var timers = Enumerable.Range(0, 500).Select(_ => new Probe(clock)).ToList();
        foreach (var probe in timers)
        {
            probe.Due = random.Next(1, 60_000);
            wheel.Set(probe.Timer, probe.Due);
            if (random.Next(3) == 0)
            {
                // Moved, earlier or later.
                probe.Due = random.Next(1, 60_000);
                wheel.Set(probe.Timer, probe.Due);
            }
            if (random.Next(5) == 0)
            {
                TimerWheel.Clear(probe.Timer);
                probe.Due = long.MaxValue;
            }
        }
        while (now < 70_000)
        {
            now += random.Next(1, 300);
            clock.Now = now;
            wheel.Advance(now);
        }
        Assert.All(timers, probe =>
        {
            Assert.Equal(probe.Due == long.MaxValue ? 0 : 1, probe.Fired.Count);
            Assert.All(probe.Fired, at => Assert.InRange(at, probe.Due, probe.Due + 316));
        });
        Assert.Equal(-1, wheel.Delay);
    }

    [Fact]
    public void Delay_NeverPassesTheNextTimer()
    {
        var wheel = new TimerWheel(0);
        var probe = new Probe(new Clock());
        wheel.Set(probe.Timer, 100);
        Assert.InRange(wheel.Delay, 1, 116);
        wheel.Remove(probe.Timer);
        Assert.Equal(-1, wheel.Delay);
    }

    [Fact]
    public void Timer_SetAgainWhileItFires_FiresAgain()
    {
        var wheel = new TimerWheel(0);
        var clock = new Clock();
        var probe = new Probe(clock);
        probe.Again = () => wheel.Set(probe.Timer, clock.Now + 10);
        wheel.Set(probe.Timer, 10);
        for (clock.Now = 0; clock.Now < 1000; clock.Now += 16)
        {
            wheel.Advance(clock.Now);
        }
        Assert.InRange(probe.Fired.Count, 25, 62);
    }

    [Fact]
    public void Timer_RemovedByAnotherThatFires_DoesNotFire()
    {
        var wheel = new TimerWheel(0);
        var first = new Probe(new Clock());
        var second = new Probe(new Clock());
        first.Again = () => wheel.Remove(second.Timer);
        second.Again = () => wheel.Remove(first.Timer);
        wheel.Set(first.Timer, 10);
        wheel.Set(second.Timer, 10);
        wheel.Advance(100);
        Assert.Equal(1, first.Fired.Count + second.Fired.Count);
    }

    private sealed class Clock
    {
        public long Now { get; set; }
    }

    private sealed class Probe : ITimerTarget
    {
        private readonly Clock _clock;

        public Probe(Clock clock)
        {
            _clock = clock;
            Timer = new LoopTimer(this);
        }

        public LoopTimer Timer { get; }

        public long Due { get; set; }

        public Action? Again { get; set; }

        public List<long> Fired { get; } = [];

        public void OnTimer()
        {
            Fired.Add(_clock.Now);
            Again?.Invoke();
        }
    }
}
