using System.Collections.Concurrent;
using System.Net;
using Mesh.Conformance.TestSilo.Grains;
using Mesh.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Embedded.Hosting;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Transport;

namespace Mesh.Embedded.Tests;

/// <summary>Who knows whom, where grains live, and what happens when silos come, go and lose each other.</summary>
public sealed class MembershipTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Join_ThroughOneSeed_AllKnowAllWithTheirClusters()
    {
        await using var cluster = await TestCluster.StartAsync("east-0", "east-1", "west-0");
        foreach (var silo in cluster.Silos)
        {
            Assert.Equal(["east", "east", "west"], silo.Membership.Current.Members.Select(member => member.Cluster).Order());
            Assert.All(silo.Membership.Current.Members, member => Assert.True(member.SeenSinceStart));
            Assert.Single(silo.Membership.Current.Members, member => member.IsLocal);
        }
    }

    [Fact]
    public async Task Join_SeedLearntLater_IsJoinedWithoutARestart()
    {
        await using var cluster = await TestCluster.StartAsync("east-0");
        var seeds = new ConcurrentBag<IPEndPoint>();
        await using var other = new TestCluster();
        var silo = await other.AddAsync("west-0", configure: builder => builder.Services.AddSingleton<ISeedProvider>(new LateSeeds(seeds)));
        Assert.Single(silo.Membership.Current.Members);

        seeds.Add(cluster[0].Address.Endpoint);

        await Eventually.Holds(
            () => silo.Active.Count == 2 && cluster[0].Active.Count == 2, Patience, () => other.Describe() + cluster.Describe(), Cancelled);
    }

    [Fact]
    public async Task Changed_SiloJoins_HandlersAreTold()
    {
        await using var cluster = await TestCluster.StartAsync("east-0");
        var told = new TaskCompletionSource<MembershipView>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster[0].Membership.Changed += view =>
        {
            if (view.Clusters.GetValueOrDefault("west"))
            {
                told.TrySetResult(view);
            }
        };
        await cluster.AddAsync("west-0");
        Assert.Equal(2, (await told.Task.WaitAsync(Patience, Cancelled)).Members.Length);
    }

    [Fact]
    public async Task Place_ManyGrains_AllSilosAgreeAndEveryoneHasAShareInItsCluster()
    {
        await using var cluster = await TestCluster.StartAsync("east-0", "east-1", "west-0");
        var east = new HashSet<SiloAddress>();
        for (var i = 0; i < 100; i++)
        {
            var seen = await Task.WhenAll(cluster.Silos.Select(silo => silo.Grains.GetGrain<IProbeGrain>($"east/{i}").Where()));
            Assert.Single(seen.Distinct());
            east.Add(seen[0].Silo);
        }
        Assert.True(east.SetEquals([cluster[0].Address, cluster[1].Address]), string.Join(", ", east));
    }

    [Fact]
    public async Task Join_SecondSiloOfACluster_GrainsMoveAndOldActivationsEnd()
    {
        await using var cluster = await TestCluster.StartAsync("east-0");
        var keys = Enumerable.Range(0, 50).Select(i => $"east/{i}").ToArray();
        var before = await WhereAsync(cluster[0], keys);

        await cluster.AddAsync("east-1");
        await cluster.SettleAsync();

        var after = await WhereAsync(cluster[0], keys);
        var moved = keys.Where(key => after[key].Silo.Equals(cluster[1].Address)).ToArray();
        Assert.InRange(moved.Length, 5, 45);
        Assert.All(keys.Except(moved), key => Assert.Equal(before[key], after[key]));
        var host = cluster[0].Services.GetRequiredService<Orleans.Embedded.Activations.ActivationHost>();
        await Eventually.Holds(
            () => host.Count == keys.Length - moved.Length, Patience, () => $"{host.Count} activations are still there", Cancelled);
    }

    [Fact]
    public async Task Restart_SameName_ReplacesTheOldLifeEverywhere()
    {
        await using var cluster = await TestCluster.StartAsync("west-0", "east-0");
        var old = cluster[1].Address;
        await cluster.RemoveAsync(cluster[1]);
        await cluster.AddAsync("east-0");
        await cluster.SettleAsync();
        var members = cluster[0].Membership.Current.Members;
        Assert.Equal(2, members.Length);
        Assert.DoesNotContain(members, member => member.Address.Equals(old));
    }

    [Fact]
    public async Task Partition_CutAndHealed_BothSidesServeAndThenAgreeAgain()
    {
        await using var zero = new Relay();
        await using var one = new Relay();
        await using var cluster = new TestCluster();
        await AddBehindAsync(cluster, "east-0", zero);
        await AddBehindAsync(cluster, "east-1", one);
        await cluster.SettleAsync();
        var grains = Enumerable.Range(0, 20).Select(i => $"east/{i}").ToArray();
        await WhereAsync(cluster[0], grains);

        zero.Cut = true;
        one.Cut = true;
        await Eventually.Holds(() => cluster.Silos.All(silo => silo.Active.Count == 1), Patience, cluster.Describe, Cancelled);
        Assert.All((await WhereAsync(cluster[0], grains)).Values, where => Assert.Equal(cluster[0].Address, where.Silo));
        Assert.All((await WhereAsync(cluster[1], grains)).Values, where => Assert.Equal(cluster[1].Address, where.Silo));

        zero.Cut = false;
        one.Cut = false;
        await cluster.SettleAsync();
        Assert.Equal(await WhereAsync(cluster[0], grains), await WhereAsync(cluster[1], grains));
    }

    [Fact]
    public async Task Cut_WhileACallWaits_ItFailsSoon()
    {
        await using var relay = new Relay();
        await using var cluster = new TestCluster();
        await cluster.AddAsync("west-0");
        await AddBehindAsync(cluster, "east-0", relay);
        await cluster.SettleAsync();
        var grain = cluster[0].Grains.GetGrain<IProbeGrain>("east/x");
        var waiting = grain.WaitForGate();
        await Eventually.Holds(async () => await grain.Arrived() == 1, Patience, () => "the call did not begin", Cancelled);

        relay.Cut = true;

        var error = await Assert.ThrowsAsync<SiloUnavailableException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10), Cancelled));
        Assert.Contains("has not answered for 2 s", error.Message);
    }

    [Fact]
    public async Task CutOneWay_TwoViewsOfTheSameCluster_CallsArePassedOn()
    {
        // Nobody can reach east-1 except through east-0's eyes: west-0 cannot see it, east-0 can.
        await using var cluster = await TestCluster.StartAsync("west-0", "east-0", "east-1");
        var hidden = cluster[2].Address;
        var table = cluster[0].Services.GetRequiredService<MembershipTable>();
        var moved = Enumerable.Range(0, 100).Select(i => $"east/{i}")
            .First(key => cluster[1].Services.GetRequiredService<Orleans.Embedded.Placement.RendezvousPlacement>()
                .Locate(GrainId.Create("probe", key), default).Equals(hidden));
        table.Lost(hidden.Endpoint, "the test says so");

        var where = await cluster[0].Grains.GetGrain<IProbeGrain>(moved).Where();

        Assert.Equal(hidden, where.Silo);
    }

    private static async Task<Dictionary<string, Whereabouts>> WhereAsync(InProcessSilo silo, string[] keys)
    {
        var found = await Task.WhenAll(keys.Select(key => silo.Grains.GetGrain<IProbeGrain>(key).Where()));
        return keys.Zip(found).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static async Task AddBehindAsync(TestCluster cluster, string name, Relay relay)
    {
        var silo = await cluster.AddAsync(name, configure: builder => builder.Services.Configure<EmbeddedSiloOptions>(
            options => options.AdvertisedEndPoint = relay.EndPoint));
        relay.Start(silo.Services.GetRequiredService<SiloSocket>().Listening);
    }

    private sealed class LateSeeds(ConcurrentBag<IPEndPoint> seeds) : ISeedProvider
    {
        public ValueTask<IReadOnlyCollection<IPEndPoint>> GetSeedsAsync(CancellationToken cancellationToken) => new([.. seeds]);
    }
}
