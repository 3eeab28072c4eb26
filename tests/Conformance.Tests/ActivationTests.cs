using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Mesh.Conformance.Tests;

/// <summary>How long activations live, and how many there can be.</summary>
public sealed class ActivationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Idle_LongerThanItsAge_IsCollectedUnlessUsedOrPutOff()
    {
        await using var cluster = new TestCluster();
        await cluster.AddAsync("east-0", then: builder => builder.Services.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionAge = TimeSpan.FromSeconds(3);
            options.CollectionQuantum = TimeSpan.FromSeconds(1);
        }));
        var idle = cluster[0].Grains.GetGrain<IBriefGrain>("east/idle");
        var pinned = cluster[0].Grains.GetGrain<IBriefGrain>("east/pinned");
        var used = cluster[0].Grains.GetGrain<IBriefGrain>("east/used");
        var before = await Task.WhenAll(idle.Where(), pinned.Where(), used.Where());
        await pinned.Pin(TimeSpan.FromDays(1));

        await Eventually.Holds(
            async () =>
            {
                await used.Where();
                return BriefGrain.Collected.Contains(before[0].Activation);
            },
            Patience, () => "the idle activation is still there", Cancelled);

        var after = await Task.WhenAll(idle.Where(), pinned.Where(), used.Where());
        Assert.NotEqual(before[0], after[0]);
        Assert.Equal(before[1..], after[1..]);
    }

    [Fact]
    public async Task Timeout_GrainBusy_CallerIsToldAfterTheDefaultTime()
    {
        await using var cluster = new TestCluster();
        var silo = await cluster.AddAsync("east-0", then: builder => builder.Services.Configure<SiloMessagingOptions>(
            options => options.ResponseTimeout = TimeSpan.FromSeconds(2)));
        var grain = silo.Grains.GetGrain<IProbeGrain>("east/busy");
        var busy = grain.WaitForGate();
        await Eventually.Holds(async () => await grain.Arrived() == 1, Patience, () => "the call did not begin", Cancelled);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Increment().WaitAsync(Patience, Cancelled));
        await Assert.ThrowsAsync<TimeoutException>(() => busy);
        await grain.Open();
        Assert.Equal(1, await grain.Increment());
    }

    [Fact]
    public async Task Load_TenThousandGrainsAndManyCalls_TakeSecondsNotMinutes()
    {
        await using var cluster = await TestCluster.StartAsync("east-0", "east-1");
        var grains = Enumerable.Range(0, 10_000).Select(i => cluster[0].Grains.GetGrain<IProbeGrain>($"east/{i}")).ToArray();
        var started = TimeProvider.System.GetTimestamp();
        for (var round = 1; round <= 3; round++)
        {
            var counts = await Task.WhenAll(grains.Select(grain => grain.Increment()));
            Assert.All(counts, count => Assert.Equal(round, count));
        }
        var took = TimeProvider.System.GetElapsedTime(started);
        TestContext.Current.SendDiagnosticMessage("30000 calls took {0}", took);
        Assert.True(took < TimeSpan.FromSeconds(60), $"30000 calls took {took}.");
    }
}
