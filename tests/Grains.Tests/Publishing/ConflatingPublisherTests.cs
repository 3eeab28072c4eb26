using Mesh.Grains.Publishing;
using Mesh.Testing;

namespace Mesh.Grains.Tests.Publishing;

public sealed class ConflatingPublisherTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _failures = [];
    private readonly ConflatingPublisher<string, string> _publisher;

    public ConflatingPublisherTests() => _publisher = new(_time, Lease, Timeout, (key, _) => _failures.Add(key));

    [Fact]
    public async Task Publish_SlowSubscriber_GetsTheFirstAndTheLatest()
    {
        var slow = new Recorder();
        _publisher.Renew("slow", slow.Send);
        _publisher.Publish("slow", "1");
        await slow.Received(1);
        _publisher.Publish("slow", "2");
        _publisher.Publish("slow", "3");
        slow.Release();
        await slow.Received(2);
        Assert.Equal(["1", "3"], slow.Values);
    }

    [Fact]
    public async Task Publish_OneSubscriberHangs_TheOtherIsNotDelayed()
    {
        var dead = new Recorder();
        var quick = new Recorder { Releases = true };
        _publisher.Renew("dead", dead.Send);
        _publisher.Renew("quick", quick.Send);
        foreach (var value in (string[])["1", "2", "3"])
        {
            _publisher.Publish("dead", value);
            _publisher.Publish("quick", value);
            await quick.Received(int.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
        }
        Assert.Equal(["1"], dead.Values);
    }

    [Fact]
    public async Task Publish_SendHangs_IsGivenUpAndTheNextGoesOut()
    {
        var subscriber = new Recorder();
        _publisher.Renew("a", subscriber.Send);
        _publisher.Publish("a", "1");
        await subscriber.Received(1);
        _publisher.Publish("a", "2");
        // The timeout's timer is made right after the send has begun, on its thread.
        await Eventually.Holds(
            () =>
            {
                _time.Advance(Timeout);
                return subscriber.Values.Count == 2;
            },
            TimeSpan.FromSeconds(10),
            () => string.Join(',', subscriber.Values),
            TestContext.Current.CancellationToken);
        Assert.Contains("a", _failures);
    }

    [Fact]
    public async Task Renew_WhileAValueWaits_ForgetsIt()
    {
        var subscriber = new Recorder();
        _publisher.Renew("a", subscriber.Send);
        _publisher.Publish("a", "1");
        await subscriber.Received(1);
        _publisher.Publish("a", "2");
        _publisher.Renew("a", subscriber.Send);
        subscriber.Release();
        _publisher.Publish("a", "3");
        await subscriber.Received(2);
        Assert.Equal(["1", "3"], subscriber.Values);
    }

    [Fact]
    public void Expire_NotRenewedForALease_IsDropped()
    {
        _publisher.Renew("old", _ => Task.CompletedTask);
        _time.Advance(Lease);
        _publisher.Renew("new", _ => Task.CompletedTask);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["old"], _publisher.Expire());
        Assert.Equal(["new"], _publisher.Subscribers);
    }

    private sealed class Recorder
    {
        private readonly Lock _lock = new();
        private readonly List<string> _values = [];
        private readonly SemaphoreSlim _gate = new(0);

        public bool Releases { get; init; }

        public IReadOnlyList<string> Values
        {
            get
            {
                lock (_lock)
                {
                    return [.. _values];
                }
            }
        }

        public Task Send(string value)
        {
            lock (_lock)
            {
                _values.Add(value);
            }
            return Releases ? Task.CompletedTask : _gate.WaitAsync();
        }

        public void Release() => _gate.Release();

        public Task Received(int count) => Eventually.Holds(
            () => Values.Count >= count, TimeSpan.FromSeconds(10), () => string.Join(',', Values), TestContext.Current.CancellationToken);
    }
}
