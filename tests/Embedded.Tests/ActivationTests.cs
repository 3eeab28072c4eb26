using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Embedded.Activations;

namespace Mesh.Embedded.Tests;

/// <summary>How long activations live, and how many there can be.</summary>
public sealed class ActivationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Idle_LongerThanItsAge_IsCollectedUnlessPutOff()
    {
        var time = new ManualTimeProvider();
        await using var cluster = new TestCluster();
        var silo = await cluster.AddAsync("east-0", configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        var host = silo.Services.GetRequiredService<ActivationHost>();
        var idle = silo.Grains.GetGrain<IProbeGrain>("east/idle");
        var pinned = silo.Grains.GetGrain<IProbeGrain>("east/pinned");
        var used = silo.Grains.GetGrain<IProbeGrain>("east/used");
        var before = await Task.WhenAll(idle.Where(), pinned.Where(), used.Where());
        await pinned.Pin(TimeSpan.FromDays(1));
        Assert.Equal(3, host.Count);

        await Eventually.Holds(
            async () =>
            {
                time.Advance(TimeSpan.FromSeconds(40));
                await used.Increment();
                return host.Count == 2;
            },
            TimeSpan.FromSeconds(20), () => $"{host.Count} activations", Cancelled);

        var after = await Task.WhenAll(idle.Where(), pinned.Where(), used.Where());
        Assert.NotEqual(before[0], after[0]);
        Assert.Equal(before[1..], after[1..]);
    }

    [Fact]
    public async Task Timeout_GrainBusy_CallerIsToldAfterTheDefaultTime()
    {
        var time = new ManualTimeProvider();
        await using var cluster = new TestCluster();
        var silo = await cluster.AddAsync("east-0", configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        var grain = silo.Grains.GetGrain<IProbeGrain>("east/busy");
        var busy = grain.WaitForGate();
        var waiting = grain.Increment();
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(waiting.IsCompleted);
        // The loop that looks for deadlines may only now begin, so one jump would not do.
        await Eventually.Holds(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return waiting.IsCompleted && busy.IsCompleted;
            },
            TimeSpan.FromSeconds(20), () => "nobody was told", Cancelled);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        Assert.Contains("00:00:30", error.Message);
        await Assert.ThrowsAsync<TimeoutException>(() => busy);
        await grain.Open();
        Assert.Equal(1, await grain.Increment());
    }
}
