using Mesh.Conformance.TestSilo;
using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;

namespace Mesh.Conformance.Tests;

/// <summary>Who knows whom, where grains live, and what happens when silos come, go and lose each other.</summary>
public sealed class MembershipTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Join_AllKnowAllWithTheirClusters()
    {
        await using var cluster = await TestCluster.StartAsync("east-0", "east-1", "west-0");
        foreach (var silo in cluster.Silos)
        {
            Assert.Equal(["east", "east", "west"], silo.Members.Select(member => member.Cluster).Order());
        }
    }

    [Fact]
    public async Task Changed_SiloJoins_HandlersAreTold()
    {
        await using var cluster = await TestCluster.StartAsync("east-0");
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TestSiloHost.OnMembersChanged(cluster[0].Services, () =>
        {
            if (cluster[0].Members.Any(member => member is { Cluster: "west", Alive: true }))
            {
                told.TrySetResult();
            }
        });
        await cluster.AddAsync("west-0");
        await told.Task.WaitAsync(Patience, Cancelled);
    }

    [Fact]
    public async Task Place_ManyGrains_AllCallersMeetOneActivationInItsCluster()
    {
        await using var cluster = await TestCluster.StartAsync("east-0", "east-1", "west-0");
        for (var i = 0; i < 100; i++)
        {
            var seen = await Task.WhenAll(cluster.Silos.Select(silo => silo.Grains.GetGrain<IProbeGrain>($"east/{i}").Where()));
            var where = Assert.Single(seen.Distinct());
            Assert.Contains(where.Silo, (SiloAddress[])[cluster[0].Address, cluster[1].Address]);
        }
    }

    [Fact]
    public async Task Call_NoSiloOfTheCluster_FailsAtOnceAndSaysSo()
    {
        await using var cluster = await TestCluster.StartAsync("east-0", "west-0");
        await FailsAsync("north");

        await cluster.RemoveAsync(cluster[1]);
        await cluster.SettleAsync();
        await FailsAsync("west");

        async Task FailsAsync(string name)
        {
            var error = await Assert.ThrowsAnyAsync<OrleansException>(
                () => cluster[0].Grains.GetGrain<IProbeGrain>($"{name}/x").Where().WaitAsync(TimeSpan.FromSeconds(5), Cancelled));
            Assert.Contains($"no silo of cluster '{name}'", error.Message);
        }
    }

    [Fact]
    public async Task Stop_WhileCallsRun_NoneFails()
    {
        await using var cluster = await TestCluster.StartAsync("west-0", "east-0", "east-1");
        using var stop = new CancellationTokenSource();
        var calls = Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    await cluster[0].Grains.GetGrain<IProbeGrain>($"east/{i % 40}").Increment();
                }
            },
            Cancelled);
        var leaving = cluster[2];
        await cluster.RemoveAsync(leaving);
        await cluster.SettleAsync();
        await stop.CancelAsync();
        await calls;
        Assert.DoesNotContain(cluster[0].Members, member => member.Address.Equals(leaving.Address.Endpoint) && member.Alive);
    }

    [Fact]
    public async Task Restart_SameName_ReplacesTheOldLifeEverywhere()
    {
        await using var cluster = await TestCluster.StartAsync("west-0", "east-0");
        var old = cluster[1].Address;
        await cluster.RemoveAsync(cluster[1]);
        await cluster.AddAsync("east-0");
        await cluster.SettleAsync();
        await Eventually.Holds(() => cluster[0].Members.Count == 2, Patience, cluster.Describe, Cancelled);
        Assert.DoesNotContain(cluster[0].Members, member => member.Address.Equals(old.Endpoint));
    }

    [Fact]
    public async Task Cut_WhileACallWaits_ItFailsInTime()
    {
        await using var relay = new Relay();
        await using var cluster = new TestCluster();
        await cluster.AddAsync("west-0");
        await cluster.AddAsync("east-0", relay: relay);
        await cluster.SettleAsync();
        var grain = cluster[0].Grains.GetGrain<IProbeGrain>("east/x");
        var waiting = grain.WaitForGate();
        await Eventually.Holds(async () => await grain.Arrived() == 1, Patience, () => "the call did not begin", Cancelled);

        relay.Cut = true;

        var error = await Assert.ThrowsAnyAsync<Exception>(() => waiting.WaitAsync(TimeSpan.FromSeconds(15), Cancelled));
        Assert.True(error is SiloUnavailableException || error is TimeoutException && error.Message.Contains("ime", StringComparison.Ordinal));
    }
}
