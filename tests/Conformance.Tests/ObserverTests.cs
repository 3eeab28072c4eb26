using Mesh.Conformance.TestSilo.Grains;

namespace Mesh.Conformance.Tests;

/// <summary>Objects that grains call back, in their own silo and from another one.</summary>
public sealed class ObserverTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public static TheoryData<int> Homes => [0, 1];

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync("east-0", "west-0");

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [MemberData(nameof(Homes))]
    public async Task Notify_Subscribed_TheObjectIsCalledOneAtATime(int home)
    {
        var (grain, observer, _) = await SubscribeAsync(home);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => grain.Notify($"{i}")));
        Assert.Equal(20, observer.Texts.Count);
        Assert.False(observer.Overlapped);
        GC.KeepAlive(observer);
    }

    [Theory]
    [MemberData(nameof(Homes))]
    public async Task Notify_ObserverThrows_TheGrainSeesIt(int home)
    {
        var (grain, observer, _) = await SubscribeAsync(home);
        var error = await Assert.ThrowsAsync<ProbeException>(() => grain.Notify("throw"));
        Assert.Equal("the observer throws", error.Message);
        GC.KeepAlive(observer);
    }

    [Theory]
    [MemberData(nameof(Homes))]
    public async Task Notify_ReferenceDeleted_Fails(int home)
    {
        var (grain, observer, reference) = await SubscribeAsync(home);
        _cluster[home].Grains.DeleteObjectReference<IProbeObserver>(reference);
        // At once, or when the call's time is up: a grain must bear with both.
        var error = await Assert.ThrowsAnyAsync<Exception>(() => grain.Notify("late"));
        Assert.True(error is ClientNotAvailableException or TimeoutException, error.Message);
        Assert.Empty(observer.Texts);
    }

    [Fact]
    public async Task Notify_SiloOfTheObserverGone_Fails()
    {
        var (_, observer, _) = await SubscribeAsync(1);
        await _cluster.RemoveAsync(_cluster[1]);
        await _cluster.SettleAsync();
        var grain = _cluster[0].Grains.GetGrain<IProbeGrain>("east/probe");
        await Assert.ThrowsAsync<ClientNotAvailableException>(() => grain.Notify("late"));
        GC.KeepAlive(observer);
    }

    [Fact]
    public async Task Subscribe_TheObjectItself_FailsAndSaysWhatToDo()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => _cluster[0].Grains.GetGrain<IProbeGrain>("east/probe").Subscribe(new TestObserver()));
        Assert.Contains("CreateObjectReference", error.Message);
    }

    private async Task<(IProbeGrain Grain, TestObserver Observer, IProbeObserver Reference)> SubscribeAsync(int home)
    {
        var observer = new TestObserver();
        var reference = _cluster[home].Grains.CreateObjectReference<IProbeObserver>(observer);
        var grain = _cluster[home].Grains.GetGrain<IProbeGrain>("east/probe");
        await grain.Subscribe(reference);
        return (grain, observer, reference);
    }
}
